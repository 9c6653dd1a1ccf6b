import Glibc

/// Renders log lines, as text for people or JSON lines for machines, and summarizes repeated warnings.
///
/// Errors are always written. Warnings are equal if message and identity (connector, topic, partition, …) are: an event
/// on fifty partitions is fifty lines.
public final class LogWriter: Sendable {
    public enum Format: String, Sendable, CaseIterable { case text, json }

    typealias Fields = [(String, Log.Value)]

    /// The fields that identify the subject of a line.
    static let identity: Set<String> = [
        "connector", "task", "lane", "topic", "partition", "subject", "group", "client", "component", "broker",
    ]

    private struct Repeat {
        let message: String
        let identity: Fields
        let until: Int64
        var count = 0
    }

    private let format: Format
    private let output: @Sendable (String) -> Void
    private let quietNanoseconds: Int64
    private let repeats = Locked<[String: Repeat]>([:])

    /// `repeatInterval`: seconds within which an equal warning is counted instead of written.
    public init(format: Format, repeatInterval: Double = 10, output: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.output = output
        quietNanoseconds = Int64(repeatInterval * 1e9)
    }

    /// To standard error; text if it is a terminal, JSON lines otherwise, unless `format` is given. A thread writes the
    /// counts of repeated warnings when their interval ends.
    public static func standardError(format: Format? = nil) -> LogWriter {
        let writer = LogWriter(format: format ?? (isatty(2) == 1 ? .text : .json)) { line in
            let bytes = Array((line + "\n").utf8)
            _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
        }
        JoinableThread.detach("log") {
            while true {
                MonotonicClock.sleep(seconds: 1)
                writer.writeRepeats()
            }
        }
        return writer
    }

    func write(_ level: Log.Level, _ message: String, _ fields: Fields) {
        if level == .warning, !admit(message, fields) { return }
        output(line(level, message, fields))
    }

    /// Writes the counts of repeated warnings whose interval has ended, or of all: at the end of the process.
    public func writeRepeats(all: Bool = false) {
        let now = all ? Int64.max : MonotonicClock.nanoseconds()
        let over = repeats.withLock { repeats in
            let over = repeats.filter { $0.value.until <= now }
            for key in over.keys { repeats[key] = nil }
            return over.values.filter { $0.count > 0 }
        }
        for entry in over.sorted(by: { $0.message < $1.message }) {
            output(line(.warning, entry.message, entry.identity + [("repeated", .integer(entry.count))]))
        }
    }

    private func admit(_ message: String, _ fields: Fields) -> Bool {
        writeRepeats()
        let identity = fields.filter { Self.identity.contains($0.0) }
        let key = identity.reduce(into: message) { $0 += "\u{0}\($1.0)=\($1.1.text)" }
        let until = MonotonicClock.nanoseconds() + quietNanoseconds
        return repeats.withLock { repeats in
            if repeats[key] == nil {
                repeats[key] = Repeat(message: message, identity: identity, until: until)
                return true
            }
            repeats[key]?.count += 1
            return false
        }
    }

    private func line(_ level: Log.Level, _ message: String, _ fields: Fields) -> String {
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
