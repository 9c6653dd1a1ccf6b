import EFDCore
import EFDKafka

/// Which properties a topic at the target should have.
struct TopicProperties: Sendable {
    private let excluded: Set<String>
    private let retention: Retention?

    init(_ settings: Settings) {
        excluded = Set(settings[TopicSettings.excludedProperties])
        retention = settings[TopicSettings.retention]
    }

    /// The target's own properties in full: the source's own, with those that are not copied as the target has them.
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

    /// For a topic to be made.
    func initial(source: [TopicProperty]) -> [String: String] { wanted(source: source, target: []) }

    private func isCopied(_ name: String) -> Bool { !excluded.contains(name) }
}
