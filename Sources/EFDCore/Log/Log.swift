import Synchronization

/// One line per event worth an operator's time.
///
/// The message is constant; variable parts go into the fields, so that repeated messages can be counted and searched.
public struct Log: Sendable {
    /// Chosen by what an operator must do: `error` act now, `warning` look soon, `info` know, `debug` for developers.
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
        public var name: String { "\(self)" }
    }

    public enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
        ExpressibleByStringInterpolation
    {
        case text(String)
        case integer(Int)
        case real(Double)

        public init(stringLiteral value: String) { self = .text(value) }
        public init(integerLiteral value: Int) { self = .integer(value) }
    }

    public typealias Fields = KeyValuePairs<String, Value>

    /// The least important level that is written, shared by all copies of a log.
    private final class Threshold: Sendable {
        let level: Atomic<Int>
        init(_ level: Level) { self.level = Atomic(level.rawValue) }
    }

    private let writer: LogWriter
    private let threshold: Threshold
    /// Fields of every line, before the line's own.
    private let bound: [(String, Value)]

    public init(level: Level, writer: LogWriter) { self.init(writer, Threshold(level), []) }

    private init(_ writer: LogWriter, _ threshold: Threshold, _ bound: [(String, Value)]) {
        self.writer = writer
        self.threshold = threshold
        self.bound = bound
    }

    /// The same log with fields in every line, and its own level, which starts as this one's.
    public func with(_ fields: Fields) -> Log {
        Log(writer, Threshold(level), bound + fields.map { ($0.key, $0.value) })
    }

    public var level: Level { Level(rawValue: threshold.level.load(ordering: .relaxed)) ?? .info }

    /// Changes the level of this log and its copies, not of those that `with` created.
    public func setLevel(_ level: Level) { threshold.level.store(level.rawValue, ordering: .relaxed) }

    /// Writes the counts of suppressed repeated warnings: at the end of the process.
    public func writeRepeats() { writer.writeRepeats(all: true) }

    /// Discards everything: for tests and pure tools.
    public static let silent = Log(level: .error, writer: LogWriter(format: .json) { _ in })

    public func debug(_ message: String, _ fields: @autoclosure () -> Fields = [:]) { write(.debug, message, fields) }
    public func info(_ message: String, _ fields: @autoclosure () -> Fields = [:]) { write(.info, message, fields) }
    public func warning(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
        write(.warning, message, fields)
    }
    public func error(_ message: String, _ fields: @autoclosure () -> Fields = [:]) { write(.error, message, fields) }

    /// An error with its code and remedy as fields.
    public func error(_ message: String, _ error: EFDError) { write(.error, message) { Self.fields(error) } }
    public func warning(_ message: String, _ error: EFDError) { write(.warning, message) { Self.fields(error) } }

    private static func fields(_ error: EFDError) -> Fields {
        let (text, code) = (Value.text(error.message), Value.text(error.code.description))
        return error.remedy.isEmpty
            ? ["error": text, "code": code] : ["error": text, "code": code, "remedy": .text(error.remedy)]
    }

    private func write(_ level: Level, _ message: String, _ fields: () -> Fields) {
        guard level >= self.level else { return }
        writer.write(level, message, bound + fields().map { ($0.key, $0.value) })
    }
}
