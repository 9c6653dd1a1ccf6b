/// `EFD_NAME`, and `EFD_NAME_FILE` of a secret.
extension LayerReader {
    /// Edits between a variable and the setting that was probably meant. Names of other programs' settings differ by
    /// more (RepositoryTests compares all of them), so several programs may share one environment.
    private static let nearness = 2

    mutating func readEnvironment() {
        let environment = resources.environment
        var names: Set<String> = []
        for spec in table.settings {
            let (name, file) = (spec.environmentName, spec.environmentName + "_FILE")
            names.insert(name)
            if spec.isSecret { names.insert(file) }
            if let text = environment[name] {
                current[spec.name] = GivenTexts(texts: [text], source: .environment(name))
            } else if spec.isSecret, let path = environment[file] {
                current[spec.name] = GivenTexts(texts: [], source: .environment(file), file: path)
            }
        }
        for name in environment.keys.sorted() where name.hasPrefix("EFD_") && !names.contains(name) {
            guard let near = Self.near(name, names) else { continue }
            misspelt.append(MisspeltVariable(name: name, near: near))
        }
    }

    private static func near(_ name: String, _ names: Set<String>) -> String? {
        names.map { ($0, NearestNames.distance(name, $0)) }
            .filter { $0.1 <= ($0.0.count < 12 ? 1 : nearness) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }
}
