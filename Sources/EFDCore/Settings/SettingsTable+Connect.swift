extension SettingsTable {
    /// Kafka Connect's answer to `PUT /connector-plugins/NAME/config/validate`: each setting's definition, value and
    /// errors. A key that no setting has is an entry without a definition.
    ///
    /// - Parameters:
    ///   - config: the connector's configuration, as the client sent it.
    ///   - check: validates settings together, as the connector's start does; touches no network.
    public func validate(
        _ config: [String: String], resources: SettingsResources,
        check: (Settings) throws(EFDError) -> Void
    ) -> JSON {
        let layer = SettingsLayer.connector(JSON.Members(config), source: "the configuration")
        return SettingsReading(self, [layer], resources).answer(check).json
    }
}

extension SettingsReading {
    /// Kafka Connect's answer for the settings that were read, and the number of errors in it.
    func answer(_ check: (Settings) throws(EFDError) -> Void) -> (json: JSON, errorCount: Int) {
        let faults = self.faults + combined(check)
        var configs: [JSON] = []
        for section in table.sections {
            let settings = section.settings.filter { !CommonSettings.actions.contains($0.name) }
            for (index, spec) in settings.enumerated() {
                let errors = faults.filter { $0.setting == spec.name }.map(\.error)
                configs.append([
                    "definition": Self.definition(spec, section.title, index + 1),
                    "value": Self.value(spec, given[spec.name]?.shown, errors),
                ])
            }
        }
        let known = Set(table.settings.map(\.name)).subtracting(CommonSettings.actions)
        let others = faults.filter { !known.contains($0.setting ?? "") }
        for fault in others {
            configs.append(["definition": nil, "value": Self.value(fault.setting ?? "", nil, [], [fault.error])])
        }
        let answer: JSON = [
            "name": .string(table.program), "error_count": .integer(Int64(faults.count)),
            "groups": .array(table.sections.map { .string($0.title) }), "configs": .array(configs),
        ]
        return (answer, faults.count)
    }

    /// Faults of settings together, assigned to the first setting that the message names.
    private func combined(_ check: (Settings) throws(EFDError) -> Void) -> [SettingFault] {
        guard faults.isEmpty else { return [] }
        do throws(EFDError) {
            guard let settings = try? settings() else { return [] }
            try check(settings)
            return []
        } catch {
            let words = error.description.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)
            let named = words.lazy.compactMap { word in table.settings.first { $0.flag == word }?.name }.first
            return [SettingFault(setting: named, error: error)]
        }
    }

    private static func definition(_ spec: SettingSpec, _ group: String, _ order: Int) -> JSON {
        [
            "name": .string(spec.name), "type": .string(spec.connectType), "required": .bool(spec.isRequired),
            "default_value": spec.defaultText.map { .string($0) } ?? .null,
            "importance": .string(spec.importance.rawValue.uppercased()), "documentation": .string(spec.help),
            "group": .string(group), "width": .string(spec.kind.width), "display_name": .string(spec.displayName),
            "dependents": [], "order": .integer(Int64(order)),
        ]
    }

    private static func value(_ spec: SettingSpec, _ given: [String]?, _ errors: [EFDError]) -> JSON {
        let texts = given ?? spec.defaultText.map { [$0] } ?? []
        let shown = ShownText.of(texts, spec).map(\.text).joined(separator: ",")
        var words: [JSON] = []
        if case .choice(let choices) = spec.kind { words = choices.map { .string($0) } }
        return value(spec.name, texts.isEmpty ? nil : shown, words, errors)
    }

    private static func value(_ name: String, _ value: String?, _ recommended: [JSON], _ errors: [EFDError]) -> JSON {
        [
            "name": .string(name), "value": value.map { .string($0) } ?? .null,
            "recommended_values": .array(recommended),
            "errors": .array(errors.map { .string($0.remedy.isEmpty ? $0.message : "\($0.message). \($0.remedy)") }),
            "visible": true,
        ]
    }
}

extension SettingSpec {
    /// Kafka Connect's name for the type of a value on the wire: times, sizes and words are strings.
    fileprivate var connectType: String {
        if isSecret { return "PASSWORD" }
        switch kind {
        case .integer(let range): return range.upperBound <= Int(Int32.max) ? "INT" : "LONG"
        case .number: return "DOUBLE"
        case .toggle: return "BOOLEAN"
        case .list: return "LIST"
        case .text, .file, .duration, .size, .retention, .choice, .pattern, .url, .address, .server, .keyValue:
            return "STRING"
        }
    }

    /// `batch-size` is `Batch size`.
    fileprivate var displayName: String {
        let words = name.split(separator: "-").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension SettingKind {
    fileprivate var width: String {
        switch self {
        case .toggle, .integer, .number, .duration, .size, .retention: "SHORT"
        case .text, .choice, .address, .server: "MEDIUM"
        case .file, .pattern, .url, .keyValue, .list: "LONG"
        }
    }
}
