import EFDCore
import EFDKafka

/// Reads the letters that a topic has at the start; later ones, as those of a replay that fails again, are not read.
struct LetterReader {
    let properties: KafkaProperties
    let admin: KafkaAdmin
    let hooks: KafkaHooks
    let stop: StopToken

    /// Seconds without a record after which reading fails.
    private static let patience = 60.0
    /// Identifies the reader in the brokers' logs; it joins no group.
    private static let group = "efd.dlq"

    /// The letters of a topic: each partition's first offset and the one after the last.
    struct Extent {
        let topic: String
        let starts: [PartitionOffset]
        let ends: [TopicPartition: Int64]

        /// At most: transaction markers and compacted records have offsets too.
        var count: Int {
            starts.reduce(0) { $0 + Int(max(0, (ends[$1.partition] ?? 0) - $1.offset)) }
        }
    }

    init(_ properties: KafkaProperties, _ hooks: KafkaHooks, stop: StopToken) throws(EFDError) {
        self.properties = properties
        self.hooks = hooks
        self.stop = stop
        admin = try KafkaAdmin(properties, hooks: hooks)
    }

    func extent(_ topic: TopicDescription) throws(EFDError) -> Extent {
        let partitions = topic.partitions.map { TopicPartition(topic.name, $0.id) }
        let ends = try admin.offsets(of: partitions, at: .latest).map { ($0.partition, $0.offset) }
        return Extent(
            topic: topic.name, starts: try admin.offsets(of: partitions, at: .earliest),
            ends: Dictionary(ends) { $1 })
    }

    /// Passes the letters of each polled batch to `take`.
    ///
    /// - Throws: `dlq.stopped` if the process is stopped; `dlq.topicUnread`.
    func read(
        _ extent: Extent, _ take: (borrowing MessageBatch, _ messages: [Int]) throws(EFDError) -> Void
    ) throws(EFDError) {
        if extent.count == 0 { return }
        let reader = try TopicReader(properties, group: Self.group, from: extent.starts, hooks: hooks)
        defer { reader.close() }
        var last = MonotonicClock.seconds()
        while !extent.ends.allSatisfy({ reader.position(of: $0.key) >= $0.value }) {
            if stop.isStopped {
                throw EFDError(
                    .dlqStopped, "stopped before all letters of \(extent.topic) were read",
                    remedy: "Run the same command again: a replay continues.")
            }
            let batch = try reader.poll(maxMessages: Self.batchSize)
            if !batch.isEmpty { last = MonotonicClock.seconds() }
            let messages = (0..<batch.count).filter { index in
                let message = batch[index]
                return message.offset < extent.ends[TopicPartition(extent.topic, message.partition)] ?? 0
            }
            if !messages.isEmpty { try take(batch, messages) }
            if MonotonicClock.seconds() - last > Self.patience {
                throw EFDError(
                    .dlqTopicUnread, "\(extent.topic): no record arrived for \(Int(Self.patience)) s before its end",
                    recovery: .retry)
            }
        }
    }

    /// Letters of one poll, and so of one transaction of a replay.
    private static let batchSize = 500
}
