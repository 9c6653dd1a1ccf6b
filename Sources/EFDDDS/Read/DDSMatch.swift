import CCycloneDDS
import CCycloneDDSShim
import EFDCore

/// What one reader hears, and why it may hear nothing.
public struct DDSMatch: Sendable, Equatable {
    /// DDS names.
    public let topic: String
    public let partition: String
    /// Writers whose samples come here.
    public let writers: Int
    /// Those of them that show signs of life.
    public let aliveWriters: Int
    /// The policy over which Cyclone refused a writer last; nil: it refused none.
    public let refusedPolicy: String?
    /// Why writers that were found do not match, one sentence each.
    public let reasons: [String]
}

extension DDSReaderSet {
    /// How many writers each reader has found, by its index.
    public func matchedWriters() -> [Int] { readers.map { Self.matched($0.handle) } }

    /// What each reader hears and why it may hear nothing, by its index. For logs: it asks discovery for all writers.
    public func describeMatches() throws(EFDError) -> [DDSMatch] {
        let publications = try participant.publications()
        let byTopic = Dictionary(grouping: publications, by: \.topic)
        // Topics differ by revision only where sender and IDL are of different releases.
        let byStem = Dictionary(grouping: publications) { Self.stem($0.topic) }
        return readers.map { reader in
            var reasons = (byTopic[reader.topic] ?? []).compactMap { publication in
                publication.mismatch(type: reader.type, partition: reader.partition, reader.qos).map {
                    "a writer of \(reader.topic) does not match: \($0)"
                }
            }
            let others = Set((byStem[Self.stem(reader.topic)] ?? []).map(\.topic)).subtracting([reader.topic])
            reasons += others.sorted().map {
                "\($0) is published, another revision than \(reader.topic): sender and IDL are of different releases"
            }
            let writers = Self.matched(reader.handle)
            let refused = Self.refusedPolicy(reader.handle)
            if writers == 0 && reasons.isEmpty && byTopic[reader.topic] != nil {
                reasons.append(
                    "a writer of \(reader.topic) does not match though its qualities do: are its key fields the same?")
            }
            return DDSMatch(
                topic: reader.topic, partition: reader.partition, writers: writers,
                aliveWriters: Self.alive(reader.handle), refusedPolicy: refused,
                reasons: Array(Set(reasons)).sorted())
        }
    }

    /// For each reader without a writer: writers of its topic that are there and do not match, and why. For logs, when
    /// no data comes.
    public func explainMissingMatches() throws(EFDError) -> [String] {
        try describeMatches().filter { $0.writers == 0 }.flatMap(\.reasons)
    }

    private static func matched(_ reader: dds_entity_t) -> Int {
        var status = dds_subscription_matched_status_t()
        return dds_get_subscription_matched_status(reader, &status) == 0 ? Int(status.current_count) : 0
    }

    private static func alive(_ reader: dds_entity_t) -> Int {
        var status = dds_liveliness_changed_status_t()
        return dds_get_liveliness_changed_status(reader, &status) == 0 ? Int(status.alive_count) : 0
    }

    private static func refusedPolicy(_ reader: dds_entity_t) -> String? {
        var status = dds_requested_incompatible_qos_status_t()
        guard dds_get_requested_incompatible_qos_status(reader, &status) == 0, status.total_count > 0 else {
            return nil
        }
        return String(cString: ddsshim_policy_name(status.last_policy_id))
    }

    /// A topic's name without its revision code of eight hexadecimal digits.
    private static func stem(_ topic: String) -> String {
        guard let at = topic.lastIndex(of: "_") else { return topic }
        let code = topic[topic.index(after: at)...]
        return code.count == 8 && code.allSatisfy(\.isHexDigit) ? String(topic[..<at]) : topic
    }
}
