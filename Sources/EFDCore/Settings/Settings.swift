/// A variable of the environment that is not a setting, but nearly.
public struct MisspeltVariable: Sendable, Equatable, CustomStringConvertible {
    public let name: String
    /// The variable that was meant, perhaps.
    public let near: String

    public var description: String { "the environment variable \(name) is not a setting; did you mean \(near)?" }
}

/// The values a program runs with, each with where it came from.
public struct Settings: Sendable {
    /// Where a value came from, in words.
    public struct Source: Sendable, Equatable, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }

        public static let defaultValue = Source("default")
        public static func flag(_ flag: String) -> Source { Source("flag \(flag)") }
        public static func environment(_ name: String) -> Source { Source("environment \(name)") }
        public static func file(_ path: String) -> Source { Source("file \(path)") }
        public static func file(_ path: String, line: Int) -> Source { Source("file \(path), line \(line)") }

        /// The same place, with the key that stands there.
        func key(_ name: String) -> Source { Source("\(description), \(name)") }
    }

    struct Entry: Sendable {
        /// As they were written: references are not replaced.
        let texts: [String]
        let source: Source
        let value: any Sendable
    }

    public let table: SettingsTable
    /// What stood beside the flags.
    public let positional: [String]
    let entries: [String: Entry]
    /// Variables of the environment that look like a mistake; they stop nothing.
    public let misspeltVariables: [MisspeltVariable]

    /// The value of a setting of this table. To ask for another is a programmer's mistake and traps; wrong
    /// configuration never gets here, as `parse` throws it.
    public subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = entries[setting.spec.name]?.value as? Value else {
            preconditionFailure("the setting \(setting.spec.name) is not in the table of \(table.program)")
        }
        return value
    }

    /// Where a setting's value came from.
    public func source<Value>(of setting: Setting<Value>) -> Source {
        entries[setting.spec.name]?.source ?? .defaultValue
    }
}
