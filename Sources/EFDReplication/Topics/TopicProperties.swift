import EFDCore
import EFDKafka

/// The properties of a topic at the target.
struct TopicProperties: Sendable {
    private let excluded: Set<String>
    private let retention: Retention?

    init(_ settings: Settings) {
        excluded = Set(settings[TopicSettings.excludedProperties])
        retention = settings[TopicSettings.retention]
    }

    /// All of the target's properties: the source's, except excluded ones, which stay as the target has them.
    func wanted(source: [TopicProperty], target: [TopicProperty]) -> [String: String] {
        var wanted: [String: String] = [:]
        for property in source where property.isOwn && isCopied(property.name) {
            wanted[property.name] = property.value
        }
        for property in target where property.isOwn && !isCopied(property.name) {
            wanted[property.name] = property.value
        }
        guard let retention else { return wanted }
        switch retention {
        case .forever: wanted["retention.ms"] = "-1"
        case .seconds(let seconds): wanted["retention.ms"] = String(Int(seconds * 1000))
        }
        return wanted
    }

    /// For a topic to create.
    func initial(source: [TopicProperty]) -> [String: String] { wanted(source: source, target: []) }

    private func isCopied(_ name: String) -> Bool { !excluded.contains(name) }
}
