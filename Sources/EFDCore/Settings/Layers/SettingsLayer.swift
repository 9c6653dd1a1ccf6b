/// A place that settings come from. Of several, the first that names a setting gives its value.
public enum SettingsLayer: Sendable {
    /// A command line, without the program's name.
    case arguments([String])
    /// The `EFD_…` variables of the environment.
    case environment
    /// The file that `--config` names in a layer before this one: YAML, or a connector's JSON.
    case configFile
    /// A connector's configuration as Kafka Connect keeps it: names with dots or dashes, values as texts, numbers,
    /// Booleans, lists or pairs; null leaves a setting out. `source` says where it came from.
    case connector(JSON.Members, source: String)

    /// Those of a program, in their order.
    public static func program(_ arguments: [String]) -> [SettingsLayer] {
        [.arguments(arguments), .environment, .configFile]
    }
}

/// What layers and references (`${env:NAME}`, `${file:PATH:KEY}`) are read from.
public struct SettingsResources: Sendable {
    public let environment: [String: String]
    /// Gives a file's bytes, or throws the reason why it cannot.
    public let readFile: @Sendable (String) throws(EFDError) -> [UInt8]

    public init(
        environment: [String: String], readFile: @escaping @Sendable (String) throws(EFDError) -> [UInt8]
    ) {
        self.environment = environment
        self.readFile = readFile
    }
}
