import CCycloneDDS
import CCycloneDDSShim
import EFDCore

/// The writers that match one reader, and why others do not.
public struct DDSMatch: Sendable, Equatable {
    /// DDS names.
    public let topic: String
    public let partition: String
    /// Number of matching writers.
    public let writers: Int
    /// Number of those that are alive.
    public let aliveWriters: Int
    /// The QoS policy over which Cyclone last rejected a writer; nil: none.
    public let refusedPolicy: String?
    /// Why discovered writers do not match, one sentence each.
    public let reasons: [String]
}

extension DDSReaderSet {
    /// Number of matching writers of each reader, by its index.
    public func matchedWriters() -> [Int] { readers.map { Self.matched($0.handle) } }

    /// The matches of each reader and the reasons of mismatches, by its index. For logs: it queries discovery for all
    /// writers.
    public func describeMatches() throws(EFDError) -> [DDSMatch] {
        let publications = try participant.publications()
        let byTopic = Dictionary(grouping: publications, by: \.topic)
        // Topics differ only by revision if sender and IDL are of different releases.
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
                    "a writer of \(reader.topic) does not match although its QoS does: compare the key fields")
            }
            return DDSMatch(
                topic: reader.topic, partition: reader.partition, writers: writers,
                aliveWriters: Self.alive(reader.handle), refusedPolicy: refused,
                reasons: Array(Set(reasons)).sorted())
        }
    }

    /// For each reader without a writer: discovered writers of its topic that do not match, and why. For logs, if no
    /// data arrives.
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
