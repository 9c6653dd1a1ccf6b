/// What the settings table says of one setting; flag, environment variable, file key, help, reference page and Helm
/// value come from it.
public struct SettingSpec: Sendable {
    /// Lower case words joined by `-`: `influxdb-url` is `--influxdb-url`, `EFD_INFLUXDB_URL` and the file's key
    /// `influxdb-url`.
    public let name: String
    /// What stands for the value in help; nil for a switch, which takes none.
    public let placeholder: String?
    /// The default as one would write it; nil: none.
    public let defaultText: String?
    public let isRequired: Bool
    /// A secret is never shown; it may also come from a file: `--NAME-file`, `EFD_NAME_FILE`.
    public var isSecret = false
    /// May be given several times; all values count.
    public var isRepeatable = false
    /// The values it takes, for people: `1 to 100000`, `wide | narrow`.
    public var domain: String?
    /// One sentence.
    public let help: String
    /// Names that predecessors used; they work as flags.
    public var aliases: [String] = []
    /// Checks and converts the values given. Throws what is wrong with the value alone; the caller adds which setting.
    let convert: @Sendable ([String]) throws(EFDError) -> any Sendable

    init(
        _ name: String, _ placeholder: String?, default defaultText: String?, required: Bool = false, help: String,
        convert: @escaping @Sendable ([String]) throws(EFDError) -> any Sendable
    ) {
        self.name = name
        self.placeholder = placeholder
        self.defaultText = defaultText
        self.isRequired = required
        self.help = help
        self.convert = convert
    }

    public var flag: String { "--\(name)" }
    public var environmentName: String { "EFD_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 }) }
}

/// A setting with the type of its value: `settings[InfluxSettings.url]` is a `String`.
public struct Setting<Value: Sendable>: Sendable {
    public private(set) var spec: SettingSpec

    init(_ spec: SettingSpec) { self.spec = spec }

    /// Marks it as a secret.
    public func secret() -> Setting { changed { $0.isSecret = true } }

    /// Names of predecessors, without dashes: `broker`.
    public func aliases(_ names: String...) -> Setting { aliases(names) }
    public func aliases(_ names: [String]) -> Setting { changed { $0.aliases = names } }

    private func changed(_ change: (inout SettingSpec) -> Void) -> Setting {
        var copy = self
        change(&copy.spec)
        return copy
    }
}
