import EFDCore
import EFDKafka

/// What a replay has to know of the cluster: who reads a topic, and how long the topic keeps records. Each question is
/// asked once.
final class ReplaySurroundings {
    private let properties: KafkaProperties
    private let admin: KafkaAdmin
    private let hooks: KafkaHooks
    private let partitions: [String: Int]
    private var readers: [String: KafkaConsumer] = [:]
    private var reading: [String: Bool] = [:]
    private var retentions: [String: Retention] = [:]

    private enum Retention {
        case unlimited
        /// In milliseconds.
        case limited(Int64)
        /// The broker does not say.
        case unknown
    }

    init(_ reader: LetterReader, partitions: [String: Int]) {
        (properties, admin, hooks) = (reader.properties, reader.admin, reader.hooks)
        self.partitions = partitions
    }

    deinit { for consumer in readers.values { consumer.close() } }

    /// Whether the group has committed an offset in the topic. A consumer that joins nothing asks: it works on every
    /// broker.
    func isReading(_ group: String, _ topic: String) throws(EFDError) -> Bool {
        let key = "\(group)\n\(topic)"
        if let known = reading[key] { return known }
        let consumer: KafkaConsumer
        if let known = readers[group] {
            consumer = known
        } else {
            consumer = try KafkaConsumer(properties, group: group, hooks: hooks)
            readers[group] = consumer
        }
        let places = (0..<Int32(partitions[topic] ?? 0)).map { TopicPartition(topic, $0) }
        let found = try consumer.committed(places).contains { $0.offset >= 0 }
        reading[key] = found
        return found
    }

    /// The timestamp to send: the source record's, unless the topic could delete the record for its age before it is
    /// read. 0: now.
    func timestamp(_ source: Int64, in topic: String, now: Int64) throws(EFDError) -> Int64 {
        switch try retention(topic) {
        case .unlimited: return source
        case .limited(let milliseconds): return now - source < milliseconds / 2 ? source : 0
        case .unknown: return 0
        }
    }

    private func retention(_ topic: String) throws(EFDError) -> Retention {
        if let known = retentions[topic] { return known }
        let found: Retention
        if admin.isMockCluster {
            found = .unlimited
        } else {
            do throws(EFDError) {
                let text = try admin.describeConfiguration(ofTopic: topic)["retention.ms"]
                found = text.flatMap { Int64($0) }.map { $0 < 0 ? .unlimited : .limited($0) } ?? .unknown
            } catch {
                // Without the right to describe configurations, the safe timestamp is the current one.
                guard error.code == .kafkaNotAuthorized else { throw error }
                found = .unknown
            }
        }
        retentions[topic] = found
        return found
    }
}
