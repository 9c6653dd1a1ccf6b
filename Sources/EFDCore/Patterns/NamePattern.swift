import Glibc

/// An expression that a whole name (of a topic, of a consumer group) matches or does not: POSIX extended, as librdkafka
/// matches with, and with the short forms of Java and Kafka Connect that POSIX can express (docs/settings.md).
///
/// Compiled once. Any thread may match with it: the compiled expression does not change, and regexec(3) locks what it
/// caches.
public final class NamePattern: @unchecked Sendable, Equatable, CustomStringConvertible {
    /// The text as written.
    public let description: String
    /// Its translation to POSIX, anchored: `^(…)$`.
    public let posix: String
    /// The number in `posix` of each group that the author counts.
    private let captures: [Int]
    private var compiled = regex_t()

    private static let longest = 4096

    /// - Throws: `pattern.refused` with the reason and its position, counted in characters from 1.
    public init(_ text: String) throws(EFDError) {
        description = text
        do throws(PatternFault) {
            if text.count > Self.longest { throw PatternFault(reason: "it is longer than \(Self.longest) characters") }
            var translator = PatternTranslator(text)
            try translator.translate()
            posix = "^(\(translator.posix))$"
            captures = translator.captures.map { $0 + 1 }
        } catch {
            throw Self.refused(text, error.reason)
        }
        let code = regcomp(&compiled, posix, REG_EXTENDED)
        guard code == 0 else {
            var words = [CChar](repeating: 0, count: 256)
            regerror(code, nil, &words, words.count)
            throw Self.refused(text, words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
    }

    deinit { regfree(&compiled) }

    public func matches(_ name: String) -> Bool { regexec(&compiled, name, 0, nil, 0) == 0 }

    /// The texts of the groups of a matching name, from the first on, nil for those that took no part; nil if the name
    /// does not match.
    public func groups(in name: String) -> [String?]? {
        var found = [regmatch_t](repeating: regmatch_t(), count: (captures.max() ?? 0) + 1)
        guard regexec(&compiled, name, found.count, &found, 0) == 0 else { return nil }
        let bytes = Array(name.utf8)
        return captures.map { number in
            let range = found[number]
            guard range.rm_so >= 0 else { return nil }
            return String(decoding: bytes[Int(range.rm_so)..<Int(range.rm_eo)], as: UTF8.self)
        }
    }

    /// The expression that only one name matches, for interfaces that take expressions only.
    public static func posix(ofName name: String) -> String {
        let special = Set("\\^$.[]|()?*+{}")
        return "^" + name.map { special.contains($0) ? "\\\($0)" : String($0) }.joined() + "$"
    }

    public static func == (left: NamePattern, right: NamePattern) -> Bool { left.description == right.description }

    private static func refused(_ text: String, _ reason: String) -> EFDError {
        EFDError(.patternRefused, reason, remedy: "docs/settings.md describes the syntax of patterns.")
    }
}
