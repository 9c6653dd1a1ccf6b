import EFDCore
import EFDKafka

/// Finds the first record at or after an offset.
struct SourceProbe {
    let properties: KafkaProperties
    let hooks: KafkaHooks

    /// Seconds for an answer.
    private static let patience = 15.0

    /// The offset of that record, or of the end if there is none. Omits partitions that did not answer in time.
    func first(_ positions: [PartitionOffset], until stop: StopToken) throws(EFDError) -> [TopicPartition: Int64] {
        guard !positions.isEmpty else { return [:] }
        var properties = self.properties
        try properties.set("queued.max.messages.kbytes", "1024")
        let reader = try TopicReader(
            properties, group: "efd.replicator.probe", from: positions, reset: .earliest, seconds: Self.patience,
            hooks: hooks)
        defer { reader.close() }
        var found: [TopicPartition: Int64] = [:]
        let deadline = MonotonicClock.seconds() + Self.patience
        while true {
            for partition in positions.map(\.partition) where found[partition] == nil && reader.isAtEnd(partition) {
                found[partition] = reader.position(of: partition)
            }
            if found.count == positions.count || stop.isStopped || MonotonicClock.seconds() > deadline { return found }
            let batch = try reader.poll(maxMessages: 500, waitMilliseconds: 50)
            for run in batch.runs {
                let partition = reader.partition(of: run.source)
                if found[partition] == nil { found[partition] = run.firstOffset }
            }
        }
    }
}
