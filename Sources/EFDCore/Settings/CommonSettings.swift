/// Settings of every process: its actions, its log, how it ends.
public enum CommonSettings {
    public enum LogLevel: String, CaseIterable, Sendable { case debug, info, warning, error }
    public enum LogFormat: String, CaseIterable, Sendable { case auto, text, json }

    public static let config = Setting<String?>.optionalFile(
        "config", "FILE", help: "File with settings by their names: YAML, or the JSON of a Kafka Connect connector.")
    public static let checkConfig = Setting<Bool>.toggle(
        "check-config",
        help:
            "Check all settings without touching the network, then exit; with --log-format json, print Kafka Connect's "
            + "validate answer.")
    public static let printConfig = Setting<Bool>.toggle(
        "print-config", help: "Print every setting with its source, secrets hidden, then exit.")
    public static let printSchema = Setting<Bool>.toggle(
        "print-config-schema", help: "Print the JSON schema of the settings, for Helm values and editors, then exit.")
    public static let version = Setting<Bool>.toggle("version", help: "Print the version, then exit.").aliases("V")
    public static let help = Setting<Bool>.toggle("help", help: "Print this text, then exit.").aliases("h")
    /// The numbers are those of Python's logging, which the predecessors accept.
    public static let logLevel = Setting<LogLevel>.choice(
        "log-level", default: .info, synonyms: ["10": .debug, "20": .info, "30": .warning, "40": .error],
        help: "Least important lines to log."
    ).aliases("loglevel")
    public static let logFormat = Setting<LogFormat>.choice(
        "log-format", default: .auto,
        help: "Log lines for people or as JSON; auto: text on a terminal and from commands.")
    public static let shutdownTimeout = Setting<Double>.duration(
        "shutdown-timeout", default: "25s", from: "1s", to: "1h",
        help: "Time to flush and commit after SIGTERM; then the program exits with 1. Commands end at once.")

    static let section = SettingsTable.Section(
        "General",
        [
            config.spec, checkConfig.spec, printConfig.spec, printSchema.spec, logLevel.spec, logFormat.spec,
            shutdownTimeout.spec, version.spec, help.spec,
        ])

    /// Those that print a text which depends on no other setting.
    static let texts = [help, version, printSchema]
    /// Those that do not belong to a configuration.
    static let actions = Set([config.spec, checkConfig.spec, printConfig.spec].map(\.name) + texts.map(\.spec.name))
}
