import EFDCore
import EFDKafka

/// Reads a partition of the progress topic to its end: only committed records.
struct ProgressReader {
    let properties: KafkaProperties
    let group: String
    let topic: String
    let hooks: KafkaHooks

    /// - Throws: `kafka.endNotReached` if it takes longer than `seconds`.
    func read(_ lane: Int, seconds: Double) throws(EFDError) -> [TopicPartition: ProgressRecord] {
        let reader = try TopicReader(
            properties, group: "\(group).reader",
            from: [PartitionOffset(TopicPartition(topic, Int32(lane)), PartitionOffset.beginning)], seconds: seconds,
            hooks: hooks)
        defer { reader.close() }
        var progress: [TopicPartition: ProgressRecord] = [:]
        try reader.readToEnd(seconds: seconds) { message in
            if let record = ProgressRecord(key: message.key, value: message.value) {
                progress[record.partition] = record
            }
            return true
        }
        return progress
    }
}
