/// A connector's configuration in the form of Kafka Connect's REST interface and configuration topic.
extension LayerReader {
    /// Kafka Connect's own keys: its worker reads them, or they select what a sink of this suite does not offer.
    /// Records are always Avro of the schema registry.
    private static let passedOver: Set<String> = [
        "name", "connector.class", "connector.plugin.version", "tasks.max", "tasks.max.enforce",
        "config.action.reload", "key.converter", "value.converter", "header.converter",
    ]
    private static let passedOverPrefixes = ["key.converter.", "value.converter.", "header.converter."]

    mutating func readConnector(_ config: JSON.Members, _ source: Settings.Source) {
        for (key, value) in config.entries where !value.isNull {
            guard let spec = table.spec(connectorKey: key) else {
                if !Self.isPassedOver(key) { refuseUnknown(key, source) }
                continue
            }
            if current[spec.name] != nil {
                refuse(spec.name, "\(source): '\(key)' and another name of \(spec.name) are both given")
            } else if let texts = Self.texts(value, of: spec) {
                current[spec.name] = GivenTexts(texts: texts, source: source.key(key))
            } else {
                refuse(
                    spec.name,
                    "\(source): the setting '\(key)' takes \(spec.isRepeatable ? "a list of values" : "one value")")
            }
        }
    }

    private static func isPassedOver(_ key: String) -> Bool {
        passedOver.contains(key) || passedOverPrefixes.contains { key.hasPrefix($0) }
    }

    private mutating func refuseUnknown(_ key: String, _ source: Settings.Source) {
        let hint = NearestNames.hint(SettingsTable.dashed(key), among: table.settings.map(\.name))
        refuse(
            key, "\(source): the setting '\(key)' is unknown",
            hint.isEmpty ? "See \(table.program) --help for all names." : hint)
    }

    /// The texts of a value; nil if its shape does not fit.
    private static func texts(_ value: JSON, of spec: SettingSpec) -> [String]? {
        if let text = text(value) { return [text] }
        guard spec.isRepeatable else { return nil }
        if let elements = value.elements {
            let texts = elements.compactMap(text)
            return texts.count == elements.count ? texts : nil
        }
        let pairs = value.members?.entries.map { (key: $0.key, value: text($0.value)) } ?? []
        return pairs.contains { $0.value == nil } ? nil : pairs.map { "\($0.key)=\($0.value ?? "")" }
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
