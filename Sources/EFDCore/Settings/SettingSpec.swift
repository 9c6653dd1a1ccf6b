/// The definition of one setting; flag, environment variable, file key, help, reference page, Kafka Connect's
/// definition and JSON schema are derived from it.
public struct SettingSpec: Sendable {
    /// Kafka Connect's `importance`.
    public enum Importance: String, Sendable { case high, medium, low }

    /// Lower case words joined by `-`: `influxdb-url` is `--influxdb-url`, `EFD_INFLUXDB_URL`, the file's key
    /// `influxdb-url` and, in a connector's JSON, also `influxdb.url`.
    public let name: String
    public let kind: SettingKind
    /// Placeholder of the value in help; nil for a switch, which takes none.
    public let placeholder: String?
    /// The default as one would write it; nil: none.
    public let defaultText: String?
    public let isRequired: Bool
    /// A secret is never printed; it may also come from a file: `--NAME-file`, `EFD_NAME_FILE`.
    public var isSecret = false
    public var importance: Importance
    /// One sentence.
    public let help: String
    /// Other names: those of predecessors and Kafka Connect's. They work as flags, in files and in a connector's JSON.
    public var aliases: [String] = []
    /// The aliases that are former names of this setting: they work in the environment as well.
    public var formerNames: [String] = []
    /// What an empty value means, in a word or two; nil: an empty value is an error.
    public var emptyMeaning: String?
    /// Checks and converts the values given.
    let convert: @Sendable ([String]) throws(ValueRefusal) -> any Sendable

    init(
        _ name: String, _ kind: SettingKind, _ placeholder: String?, default defaultText: String?,
        required: Bool = false, help: String,
        convert: @escaping @Sendable ([String]) throws(ValueRefusal) -> any Sendable
    ) {
        self.name = name
        self.kind = kind
        self.placeholder = placeholder
        self.defaultText = defaultText
        self.isRequired = required
        self.importance = required ? .high : .medium
        self.help = help
        // An empty default implies that an empty value has a meaning.
        emptyMeaning = defaultText == "" ? "none" : nil
        self.convert = convert
    }

    public var flag: String { "--\(name)" }
    public var environmentName: String { Self.environmentName(name) }
    /// By its former names; the current one takes precedence.
    var formerEnvironmentNames: [String] { formerNames.map(Self.environmentName) }
    private static func environmentName(_ name: String) -> String {
        "EFD_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }
    /// May be given several times; all values count.
    public var isRepeatable: Bool { if case .list = kind { true } else { false } }
    var isToggle: Bool { kind == .toggle }
}

/// A value that a setting rejects.
struct ValueRefusal: Error {
    let value: String
    /// The detail beyond the setting's kind, if any. May repeat parts of the value.
    var detail: String?

    /// `'x' is not a whole number from 1 to 9`. A hidden value is called "the value".
    func message(_ kind: SettingKind, hidden: Bool) -> String {
        let subject = hidden ? "the value" : "'\(value)'"
        let reason = hidden ? nil : detail
        return "\(subject) is not \(kind.expected)" + (reason.map { ": \($0)" } ?? "")
    }
}

/// A setting with the type of its value: `settings[InfluxSettings.url]` is a `String`.
public struct Setting<Value: Sendable>: Sendable {
    public private(set) var spec: SettingSpec

    init(_ spec: SettingSpec) { self.spec = spec }

    /// Marks it as a secret.
    public func secret() -> Setting { changed { $0.isSecret = true } }

    /// Other names, without dashes: `broker`.
    public func aliases(_ names: String...) -> Setting { aliases(names) }
    public func aliases(_ names: [String]) -> Setting { changed { $0.aliases += names } }

    /// The name before it was changed. It works like the current one for one more version.
    public func formerly(_ name: String) -> Setting {
        changed {
            $0.aliases.append(name)
            $0.formerNames.append(name)
        }
    }

    /// Its importance for Kafka Connect's tools; by default high if required, else medium.
    public func importance(_ importance: SettingSpec.Importance) -> Setting { changed { $0.importance = importance } }

    /// Allows an empty value, which means `meaning`: `none`.
    public func empty(means meaning: String) -> Setting { changed { $0.emptyMeaning = meaning } }

    private func changed(_ change: (inout SettingSpec) -> Void) -> Setting {
        var copy = self
        change(&copy.spec)
        return copy
    }
}
