import EFDCore

/// The name of a source topic at the target.
struct TopicNaming: Sendable {
    private let format: String
    private let pattern: NamePattern?
    private let replacement: String

    init(_ settings: Settings) throws(EFDError) {
        format = settings[TopicSettings.renameFormat]
        pattern = settings[TopicSettings.renameRegex]
        replacement = settings[TopicSettings.renameTo]
        guard format.contains("${topic}") else {
            throw EFDError(
                .replicationNamesCollide, "--rename-format '\(format)' gives all topics one name",
                remedy: "Write ${topic} where the source's name belongs")
        }
        guard (pattern == nil) == replacement.isEmpty else {
            throw EFDError(.replicationSettingsContradict, "--rename-regex and --rename-to belong together")
        }
    }

    /// Topics keep their names.
    var isIdentity: Bool { format == "${topic}" && pattern == nil }

    func target(_ topic: String) -> String { format.replacing("${topic}", with: replaced(topic)) }

    private func replaced(_ topic: String) -> String {
        guard let groups = pattern?.groups(in: topic) else { return topic }
        var name = ""
        var rest = replacement[...]
        while let dollar = rest.firstIndex(of: "$") {
            name += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            guard let group = rest.first?.wholeNumberValue else {
                name += "$"
                continue
            }
            if group == 0 { name += topic } else if group <= groups.count { name += groups[group - 1] ?? "" }
            rest = rest.dropFirst()
        }
        return name + rest
    }
}
