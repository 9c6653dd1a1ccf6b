/// An environment variable whose name is almost a setting's.
public struct MisspeltVariable: Sendable, Equatable, CustomStringConvertible {
    public let name: String
    /// The variable that was probably meant.
    public let near: String

    public var description: String { "the environment variable \(name) is not a setting; did you mean \(near)?" }
}

/// The values of a program, each with its source.
public struct Settings: Sendable {
    /// The source of a value, in words.
    public struct Source: Sendable, Equatable, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }

        public static let defaultValue = Source("default")
        public static func flag(_ flag: String) -> Source { Source("flag \(flag)") }
        public static func environment(_ name: String) -> Source { Source("environment \(name)") }
        public static func file(_ path: String) -> Source { Source("file \(path)") }
        public static func file(_ path: String, line: Int) -> Source { Source("file \(path), line \(line)") }

        /// The same source, with the key in it.
        func key(_ name: String) -> Source { Source("\(description), \(name)") }
    }

    struct Entry: Sendable {
        /// The texts as written: references are not replaced.
        let texts: [String]
        let source: Source
        let value: any Sendable
    }

    public let table: SettingsTable
    /// The arguments beside the flags.
    public let positional: [String]
    let entries: [String: Entry]
    /// Environment variables that look like a mistake; they only cause a warning.
    public let misspeltVariables: [MisspeltVariable]

    /// The value of a setting of this table. A setting of another table is a programmer's mistake and traps; invalid
    /// configuration never gets here, as `parse` throws it.
    public subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = entries[setting.spec.name]?.value as? Value else {
            preconditionFailure("the setting \(setting.spec.name) is not in the table of \(table.program)")
        }
        return value
    }

    /// The source of a setting's value.
    public func source<Value>(of setting: Setting<Value>) -> Source {
        entries[setting.spec.name]?.source ?? .defaultValue
    }
}
