/// A source of settings. The first of several layers that has a setting gives its value.
public enum SettingsLayer: Sendable {
    /// A command line, without the program's name.
    case arguments([String])
    /// The `EFD_…` variables of the environment.
    case environment
    /// The file that `--config` names in a layer before this one: YAML, or a connector's JSON.
    case configFile
    /// A connector's configuration as Kafka Connect stores it: names with dots or dashes, values as texts, numbers,
    /// Booleans, lists or pairs; null omits a setting. `source` names its origin.
    case connector(JSON.Members, source: String)

    /// The layers of a program, in their order.
    public static func program(_ arguments: [String]) -> [SettingsLayer] {
        [.arguments(arguments), .environment, .configFile]
    }
}

/// The sources of layers and references (`${env:NAME}`, `${file:PATH:KEY}`).
public struct SettingsResources: Sendable {
    public let environment: [String: String]
    /// Returns a file's bytes, or throws the reason why it cannot.
    public let readFile: @Sendable (String) throws(EFDError) -> [UInt8]

    public init(
        environment: [String: String], readFile: @escaping @Sendable (String) throws(EFDError) -> [UInt8]
    ) {
        self.environment = environment
        self.readFile = readFile
    }
}
