/// All settings of a program or a connector, in one place: help, file, reference page and checks read this table.
public struct SettingsTable: Sendable {
    public struct Section: Sendable {
        public let title: String
        public let settings: [SettingSpec]
        public init(_ title: String, _ settings: [SettingSpec]) { (self.title, self.settings) = (title, settings) }
    }

    /// The arguments beside the flags: `[COMPONENT …]`.
    public struct Positional: Sendable {
        public let placeholder: String
        public let help: String
        public init(_ placeholder: String, help: String) { (self.placeholder, self.help) = (placeholder, help) }
    }

    public let program: String
    /// One sentence about the program's purpose.
    public let summary: String
    public let positional: Positional?
    public let sections: [Section]
    /// Working command lines, shown at the end of the help.
    public let examples: [String]

    /// A table of exactly these sections: that of a connector, which has no settings of the process.
    public init(
        program: String, summary: String, positional: Positional? = nil, sections: [Section], examples: [String] = []
    ) {
        self.program = program
        self.summary = summary
        self.positional = positional
        self.sections = sections
        self.examples = examples
        let names = settings.flatMap { [$0.name] + $0.aliases }
        precondition(Set(names).count == names.count, "a setting or alias is declared twice in the table of \(program)")
    }

    /// The table of a process that `Program` runs: these sections, then those of every process.
    public static func process(
        _ program: String, summary: String, positional: Positional? = nil, sections: [Section],
        examples: [String] = []
    ) -> SettingsTable {
        SettingsTable(
            program: program, summary: summary, positional: positional,
            sections: sections + [CommonSettings.section], examples: examples)
    }

    public var settings: [SettingSpec] { sections.flatMap(\.settings) }

    func spec(named name: String) -> SettingSpec? { settings.first { $0.name == name || $0.aliases.contains(name) } }

    /// The setting that a key of a connector's configuration names; dots, dashes and underscores are equal there.
    func spec(connectorKey key: String) -> SettingSpec? {
        let name = Self.dashed(key)
        // An alias of one letter is only a short flag.
        return settings.first { spec in
            spec.name == name || spec.aliases.contains { $0.count > 1 && Self.dashed($0) == name }
        }
    }

    static func dashed(_ key: String) -> String { String(key.map { $0 == "." || $0 == "_" ? "-" : $0 }) }
}
