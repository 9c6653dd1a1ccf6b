/// All that a program can be told, in one place: its help, its file, its reference page and its checks read this table.
public struct SettingsTable: Sendable {
    public struct Section: Sendable {
        public let title: String
        public let settings: [SettingSpec]
        public init(_ title: String, _ settings: [SettingSpec]) { (self.title, self.settings) = (title, settings) }
    }

    /// What stands beside the flags: `[COMPONENT …]`.
    public struct Positional: Sendable {
        public let placeholder: String
        public let help: String
        public init(_ placeholder: String, help: String) { (self.placeholder, self.help) = (placeholder, help) }
    }

    public let program: String
    /// One sentence that says what the program does.
    public let summary: String
    public let positional: Positional?
    public let sections: [Section]
    /// Command lines that work, shown at the end of the help.
    public let examples: [String]

    public init(
        program: String, summary: String, positional: Positional? = nil, sections: [Section], examples: [String] = []
    ) {
        self.program = program
        self.summary = summary
        self.positional = positional
        self.sections = sections + [CommonSettings.section]
        self.examples = examples
        let names = settings.flatMap { [$0.name] + $0.aliases }
        precondition(Set(names).count == names.count, "a setting or alias stands twice in the table of \(program)")
    }

    public var settings: [SettingSpec] { sections.flatMap(\.settings) }

    func spec(named name: String) -> SettingSpec? { settings.first { $0.name == name || $0.aliases.contains(name) } }
}

/// What every program understands.
public enum CommonSettings {
    public enum LogLevel: String, CaseIterable, Sendable { case debug, info, warning, error }
    public enum LogFormat: String, CaseIterable, Sendable { case auto, text, json }

    public static let config = Setting<String?>.optional(
        "config", "FILE", help: "YAML file with settings by their names.")
    public static let checkConfig = Setting<Bool>.toggle(
        "check-config", help: "Check all settings without touching the network, then exit.")
    public static let printConfig = Setting<Bool>.toggle(
        "print-config", help: "Print every setting with its source, secrets hidden, then exit.")
    public static let version = Setting<Bool>.toggle("version", help: "Print the version, then exit.")
    public static let help = Setting<Bool>.toggle("help", help: "Print this text, then exit.").aliases("h")
    /// The numbers are those of Python's logging, which predecessors took.
    public static let logLevel = Setting<LogLevel>.choice(
        "log-level", default: .info, synonyms: ["10": .debug, "20": .info, "30": .warning, "40": .error],
        help: "Least important lines to log."
    ).aliases("loglevel")
    public static let logFormat = Setting<LogFormat>.choice(
        "log-format", default: .auto, help: "Log lines for people or as JSON; auto: text on a terminal.")
    public static let shutdownTimeout = Setting<Double>.duration(
        "shutdown-timeout", default: "25s", from: "1s", to: "1h",
        help: "Time to flush and commit after SIGTERM; after it the program exits with 1.")

    static let section = SettingsTable.Section(
        "General",
        [
            config.spec, checkConfig.spec, printConfig.spec, logLevel.spec, logFormat.spec, shutdownTimeout.spec,
            version.spec, help.spec,
        ])
}
