/// The file of `--config`: YAML with settings by their names, or a connector's JSON.
extension LayerReader {
    mutating func readConfigFile() {
        guard let given = found[CommonSettings.config.spec.name]?.texts.last, !given.isEmpty else { return }
        do throws(EFDError) {
            let path = try ReferenceResolver(resources: resources).resolve(given)
            let bytes = try resources.readFile(path)
            if bytes.first(where: { !Self.blanks.contains($0) }) == UInt8(ascii: "{") {
                let root = try JSON.parse(bytes)
                // As Kafka Connect accepts it: {"name": …, "config": {…}}, or the inner object alone.
                readConnector(root["config"]?.members ?? root.members ?? [:], .file(path))
            } else {
                try readYAML(bytes, path)
            }
        } catch {
            faults.append(SettingFault(setting: "config", error: error.during("configuration file \(given)")))
        }
    }

    private static let blanks = Set(" \t\r\n".utf8)

    private mutating func readYAML(_ bytes: [UInt8], _ path: String) throws(EFDError) {
        let root = try YAML.parse(bytes)
        guard let entries = root.entries else {
            throw EFDError(.settingsFileRefused, "\(root.mark): the file must consist of `name: value` lines")
        }
        for entry in entries { readEntry(entry, path) }
    }

    private mutating func readEntry(_ entry: YAML.Entry, _ path: String) {
        guard let spec = table.spec(named: entry.key) else {
            let hint = NearestNames.hint(entry.key, among: table.settings.map(\.name))
            refuse(
                nil, "\(path), \(entry.mark): the setting '\(entry.key)' is unknown",
                hint.isEmpty ? "See \(table.program) --help for all names." : hint)
            return
        }
        if entry.value.isNull { return }
        let source = Settings.Source.file(path, line: entry.mark.line)
        switch entry.value {
        case .scalar(let text, _, _): current[spec.name] = GivenTexts(texts: [text], source: source)
        case .sequence(let elements, _) where spec.isRepeatable && elements.allSatisfy({ $0.text != nil }):
            current[spec.name] = GivenTexts(texts: elements.compactMap(\.text), source: source)
        case .mapping(let pairs, _) where spec.isRepeatable && pairs.allSatisfy({ $0.value.text != nil }):
            current[spec.name] = GivenTexts(texts: pairs.map { "\($0.key)=\($0.value.text ?? "")" }, source: source)
        default:
            refuse(
                spec.name,
                "\(path), \(entry.mark): the setting '\(entry.key)' takes "
                    + "\(spec.isRepeatable ? "a list of values" : "one value")"
            )
        }
    }
}
