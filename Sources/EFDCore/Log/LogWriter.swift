import Glibc

/// Renders log lines, as text for people or JSON lines for machines, and sums up a warning or error that repeats.
public final class LogWriter: Sendable {
    public enum Format: String, Sendable, CaseIterable { case text, json }

    private struct Repeat {
        var until: Int64
        var count = 0
    }

    private let format: Format
    private let output: @Sendable (String) -> Void
    private let quietNanoseconds: Int64
    private let repeats = Locked<[String: Repeat]>([:])

    /// `repeatInterval`: seconds within which a warning or error of the same message is counted and not written again.
    public init(format: Format, repeatInterval: Double = 10, output: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.output = output
        quietNanoseconds = Int64(repeatInterval * 1e9)
    }

    /// To standard error; text when it is a terminal, JSON lines otherwise, unless `format` says.
    public static func standardError(format: Format? = nil) -> LogWriter {
        LogWriter(format: format ?? (isatty(2) == 1 ? .text : .json)) { line in
            let bytes = Array((line + "\n").utf8)
            _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
        }
    }

    func write(_ level: Log.Level, _ message: String, _ fields: Log.Fields) {
        let now = MonotonicClock.nanoseconds()
        let (write, ended) = level >= .warning ? admit(message, now) : (true, endedRepeats(now))
        for (message, count) in ended { output(line(.warning, message, [("repeated", .integer(count))])) }
        if write { output(line(level, message, fields.map { ($0.key, $0.value) })) }
    }

    private func admit(_ message: String, _ now: Int64) -> (Bool, [(String, Int)]) {
        var ended = endedRepeats(now)
        let first = repeats.withLock { repeats in
            if repeats[message] != nil {
                repeats[message]!.count += 1
                return false
            }
            repeats[message] = Repeat(until: now + quietNanoseconds)
            return true
        }
        if first { ended.removeAll { $0.0 == message && $0.1 == 0 } }
        return (first, ended)
    }

    /// Takes out the messages whose quiet time is over, with how often each came meanwhile.
    private func endedRepeats(_ now: Int64) -> [(String, Int)] {
        repeats.withLock { repeats in
            let over = repeats.filter { $0.value.until <= now }
            for (message, _) in over { repeats[message] = nil }
            return over.filter { $0.value.count > 0 }.map { ($0.key, $0.value.count) }
        }
    }

    private func line(_ level: Log.Level, _ message: String, _ fields: [(String, Log.Value)]) -> String {
        let stamp = Timestamp.text(nanoseconds: WallClock.nanoseconds())
        switch format {
        case .json:
            var members = JSON.Members([
                ("ts", .string(stamp)), ("level", .string(level.name)), ("msg", .string(message)),
            ])
            for (key, value) in fields { members[key] = value.json }
            return JSON.object(members).text
        case .text:
            return "\(stamp.dropFirst(11).prefix(12)) \(level.name.uppercased().padded(to: 7)) \(message)"
                + fields.map { "  \($0.0)=\($0.1.text)" }.joined()
        }
    }
}

extension Log.Value {
    fileprivate var json: JSON {
        switch self {
        case .text(let text): .string(text)
        case .integer(let value): .integer(Int64(value))
        case .real(let value): .real(value)
        }
    }

    fileprivate var text: String {
        switch self {
        case .text(let text): text.contains(" ") ? "\"\(text)\"" : text
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        }
    }
}
