/// The texts of a setting in one layer.
struct GivenTexts {
    /// The texts as written: references are not replaced.
    var texts: [String]
    let source: Settings.Source
    /// The whole content of this file is the value: `--NAME-file` of a secret.
    var file: String?

    /// As `--print-config` shows them.
    var shown: [String] { file.map { ["${file:\($0)}"] } ?? texts }
}

/// A fault in a layer; `setting` is the name of the setting, if known.
struct SettingFault {
    let setting: String?
    let error: EFDError
}

/// Collects the texts of the settings layer by layer.
struct LayerReader {
    let table: SettingsTable
    let resources: SettingsResources
    let commands: [String]
    /// Of the layers read so far, by the setting's name.
    private(set) var found: [String: GivenTexts] = [:]
    /// Of the layer that is being read.
    var current: [String: GivenTexts] = [:]
    var positional: [String] = []
    var faults: [SettingFault] = []
    var misspelt: [MisspeltVariable] = []

    init(table: SettingsTable, resources: SettingsResources, commands: [String]) {
        self.table = table
        self.resources = resources
        self.commands = commands
    }

    mutating func read(_ layer: SettingsLayer) {
        switch layer {
        case .arguments(let arguments): readArguments(arguments)
        case .environment: readEnvironment()
        case .configFile: readConfigFile()
        case .connector(let config, let source): readConnector(config, Settings.Source(source))
        }
        found.merge(current) { earlier, _ in earlier }
        current = [:]
    }

    mutating func refuse(_ setting: String? = nil, _ message: String, _ remedy: String = "") {
        faults.append(
            SettingFault(setting: setting, error: EFDError(.settingsRefused, message, remedy: remedy)))
    }
}
