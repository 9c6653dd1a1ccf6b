/// Several faults of one command line, environment or file, reported together.
public struct SettingsErrors: Error, Sendable, CustomStringConvertible {
    public let errors: [EFDError]
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

extension Settings {
    /// Reads the settings of a program: flag, environment, file of `--config`, default. Touches no network; reports
    /// every fault at once.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - readFile: returns a file's bytes, or throws the reason why it cannot.
    public static func parse(
        _ table: SettingsTable, arguments: [String], environment: [String: String],
        readFile: @escaping @Sendable (String) throws(EFDError) -> [UInt8]
    ) throws(SettingsErrors) -> Settings {
        try parse(
            table, layers: SettingsLayer.program(arguments),
            resources: SettingsResources(environment: environment, readFile: readFile))
    }

    /// Reads the settings from `layers`; the first that has a setting gives its value. Touches no network; reports
    /// every fault together.
    public static func parse(_ table: SettingsTable, layers: [SettingsLayer], resources: SettingsResources)
        throws(SettingsErrors) -> Settings
    {
        try SettingsReading(table, layers, resources).settings()
    }
}

/// The content of the layers, with all faults in it.
struct SettingsReading {
    let table: SettingsTable
    let given: [String: GivenTexts]
    private(set) var faults: [SettingFault]
    private let positional: [String]
    private let misspelt: [MisspeltVariable]
    private var entries: [String: Settings.Entry] = [:]

    /// - Parameter commands: names of the program's subcommands, for the error of a misspelt one.
    init(
        _ table: SettingsTable, _ layers: [SettingsLayer], _ resources: SettingsResources, commands: [String] = []
    ) {
        var reader = LayerReader(table: table, resources: resources, commands: commands)
        for layer in layers { reader.read(layer) }
        self.table = table
        given = reader.found
        faults = reader.faults
        positional = reader.positional
        misspelt = reader.misspelt
        let resolver = ReferenceResolver(resources: resources)
        for spec in table.settings {
            do throws(EFDError) {
                entries[spec.name] = try Self.entry(spec, given[spec.name], resolver)
            } catch {
                faults.append(SettingFault(setting: spec.name, error: error))
            }
        }
    }

    /// Whether a switch of `CommonSettings` is given: known before all others are valid.
    func asks(for toggle: Setting<Bool>) -> Bool { given[toggle.spec.name]?.texts.last == "true" }

    /// - Throws: all faults, unless help or the like is requested, which needs no valid settings.
    func settings() throws(SettingsErrors) -> Settings {
        let asksForText = CommonSettings.texts.contains { asks(for: $0) }
        if !faults.isEmpty && !asksForText { throw SettingsErrors(errors: faults.map(\.error)) }
        return Settings(table: table, positional: positional, entries: entries, misspeltVariables: misspelt)
    }

    private static func entry(_ spec: SettingSpec, _ given: GivenTexts?, _ resolver: ReferenceResolver)
        throws(EFDError) -> Settings.Entry
    {
        guard let given else { return try defaultEntry(spec) }
        let context = "\(spec.flag) (\(given.source))"
        var texts: [String] = []
        do throws(EFDError) {
            if let path = given.file {
                texts = [try resolver.contents(path)]
            } else {
                texts = try resolved(given.texts, spec, resolver)
            }
        } catch {
            throw error.during(context)
        }
        let separator: Character = spec.isRepeatable ? "," : " "
        if spec.emptyMeaning == nil, texts.joined().allSatisfy({ $0.isWhitespace || $0 == separator }) {
            let remedy = spec.isRequired ? "Give it a value." : "Leave it out, or give it a value."
            throw EFDError(.settingsValueEmpty, "\(context): the value is empty", remedy: remedy)
        }
        let isHidden = spec.isSecret || given.file != nil || given.texts.contains(where: ReferenceResolver.isReference)
        return Settings.Entry(
            texts: given.shown, source: given.source, value: try convert(spec, texts, context, hidden: isHidden))
    }

    private static func defaultEntry(_ spec: SettingSpec) throws(EFDError) -> Settings.Entry {
        if spec.isRequired {
            throw EFDError(
                .settingsRefused, "\(spec.flag) is required: \(spec.help)",
                remedy: "Give \(spec.flag) \(spec.placeholder ?? ""), or set \(spec.environmentName).")
        }
        let texts = spec.defaultText.map { [$0] } ?? []
        let value = try convert(spec, texts, "\(spec.flag) (default)", hidden: spec.isSecret)
        return Settings.Entry(texts: texts, source: .defaultValue, value: value)
    }

    private static func convert(_ spec: SettingSpec, _ texts: [String], _ context: String, hidden: Bool)
        throws(EFDError) -> any Sendable
    {
        do { return try spec.convert(texts) } catch {
            throw EFDError(.settingsValueRefused, "\(context): \(error.message(spec.kind, hidden: hidden))")
        }
    }

    /// Replaces the references. `KEY=VALUE` pairs are separated first, since the value of a reference may contain a
    /// separator.
    private static func resolved(_ texts: [String], _ spec: SettingSpec, _ resolver: ReferenceResolver)
        throws(EFDError) -> [String]
    {
        var out: [String] = []
        guard spec.kind == .list(of: .keyValue) else {
            for text in texts { out.append(try resolver.resolve(text)) }
            return out
        }
        for text in texts.flatMap(KeyValue.separated) {
            let value = try resolver.resolve(text)
            out += text.contains("=") ? [value] : KeyValue.separated(value)
        }
        return out
    }
}
