import EFDCore
import Glibc

/// Patterns of topic names: POSIX extended expressions, which librdkafka matches with.
public enum TopicPattern {
    /// The form that librdkafka takes as a pattern. One that does not begin with `^` must match the whole name, as in
    /// Kafka Connect.
    ///
    /// - Throws: `kafka.patternInvalid` with the words of the C library.
    public static func subscription(_ pattern: String) throws(EFDError) -> String {
        let whole = pattern.hasPrefix("^") ? pattern : "^(\(pattern))$"
        try check(whole, shown: pattern)
        return whole
    }

    /// As `subscription`, for `topic.blacklist`, whose separator is the comma.
    static func exclusion(_ pattern: String) throws(EFDError) -> String {
        let whole = try subscription(pattern)
        guard !whole.contains(",") else {
            throw EFDError(
                "kafka.patternInvalid", "topic pattern \"\(pattern)\" holds a comma, which separates patterns here",
                remedy: "Write it without {m,n}")
        }
        return whole
    }

    private static func check(_ pattern: String, shown: String) throws(EFDError) {
        var compiled = regex_t()
        let code = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)
        guard code != 0 else { return regfree(&compiled) }
        var words = [CChar](repeating: 0, count: 256)
        regerror(code, &compiled, &words, words.count)
        let text = words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        throw EFDError(
            "kafka.patternInvalid", "topic pattern \"\(shown)\": \(text)",
            remedy: "Write a POSIX extended expression, as lsst\\.sal\\.MTM1M3\\..*")
    }
}
