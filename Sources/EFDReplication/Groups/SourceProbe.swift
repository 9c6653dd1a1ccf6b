import EFDCore
import EFDKafka

/// Finds the first record from a position on.
struct SourceProbe {
    let properties: KafkaProperties
    let hooks: KafkaHooks

    private static let patience = 15.0
    private static let pollMilliseconds = 50

    /// The offset of that record, or of the end where there is none; partitions that did not answer in time are left
    /// out.
    func first(_ positions: [PartitionOffset], until stop: StopToken) throws(EFDError) -> [TopicPartition: Int64] {
        guard !positions.isEmpty else { return [:] }
        var properties = self.properties
        try properties.set("enable.partition.eof", "true")
        try properties.set("auto.offset.reset", "earliest")
        try properties.set("isolation.level", "read_committed")
        try properties.set("queued.max.messages.kbytes", "1024")
        let consumer = try KafkaConsumer(properties, group: "efd.replicator.probe", hooks: hooks)
        defer { consumer.close() }
        let ends = Locked<[TopicPartition: Int64]>([:])
        consumer.onPartitionEnd = { partition, offset in ends.withLock { $0[partition] = offset } }
        try consumer.assign(positions)
        var found: [TopicPartition: Int64] = [:]
        let deadline = MonotonicClock.seconds() + Self.patience
        while found.count < positions.count, MonotonicClock.seconds() < deadline, !stop.isStopped {
            let batch = try consumer.poll(maxMessages: 500, waitMilliseconds: Self.pollMilliseconds)
            for run in batch.runs {
                let partition = consumer.partition(of: run.source)
                if found[partition] == nil { found[partition] = run.firstOffset }
            }
            // The end holds for what follows the records that came with it.
            for (partition, offset) in ends.withLock({ $0 }) where found[partition] == nil { found[partition] = offset }
        }
        return found
    }
}
