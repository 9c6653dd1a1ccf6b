/// `EFD_NAME`, and `EFD_NAME_FILE` of a secret.
extension LayerReader {
    /// Edits between a variable and the setting that was probably meant. Names of other programs' settings differ by
    /// more (RepositoryTests compares all of them), so several programs may share one environment.
    private static let nearness = 2

    mutating func readEnvironment() {
        let environment = resources.environment
        var names: Set<String> = []
        // Accepted, but not documented.
        var former: Set<String> = []
        for spec in table.settings {
            let own = [spec.environmentName] + spec.formerEnvironmentNames
            names.insert(spec.environmentName)
            if spec.isSecret { names.insert(spec.environmentName + "_FILE") }
            former.formUnion(own.dropFirst().flatMap { [$0, $0 + "_FILE"] })
            current[spec.name] = own.lazy.compactMap { Self.given(spec, $0, environment) }.first
        }
        for name in environment.keys.sorted() where name.hasPrefix("EFD_") && !names.contains(name) {
            guard !former.contains(name), let near = Self.near(name, names) else { continue }
            misspelt.append(MisspeltVariable(name: name, near: near))
        }
    }

    private static func given(_ spec: SettingSpec, _ name: String, _ environment: [String: String]) -> GivenTexts? {
        if let text = environment[name] { return GivenTexts(texts: [text], source: .environment(name)) }
        guard spec.isSecret, let path = environment[name + "_FILE"] else { return nil }
        return GivenTexts(texts: [], source: .environment(name + "_FILE"), file: path)
    }

    private static func near(_ name: String, _ names: Set<String>) -> String? {
        names.map { ($0, NearestNames.distance(name, $0)) }
            .filter { $0.1 <= ($0.0.count < 12 ? 1 : nearness) && !hasOtherWord(name, $0.0) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Whether most letters of one word differ: `EFD_INFLUXDB_ORG` is not a misspelt `EFD_INFLUXDB_URL`.
    private static func hasOtherWord(_ name: String, _ other: String) -> Bool {
        let (left, right) = (name.split(separator: "_"), other.split(separator: "_"))
        return left.count == right.count
            && zip(left, right).contains { 2 * NearestNames.distance(String($0), String($1)) > max($0.count, $1.count) }
    }
}
