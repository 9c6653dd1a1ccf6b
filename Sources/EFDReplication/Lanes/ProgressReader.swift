import EFDCore
import EFDKafka

/// Reads what one partition of the progress topic says, to its end: only what was committed.
struct ProgressReader {
    let properties: KafkaProperties
    let group: String
    let topic: String
    let hooks: KafkaHooks

    func read(_ lane: Int, seconds: Double) throws(EFDError) -> [TopicPartition: ProgressRecord] {
        var properties = self.properties
        try properties.set("enable.partition.eof", "true")
        try properties.set("isolation.level", "read_committed")
        let consumer = try KafkaConsumer(properties, group: "\(group).reader", hooks: hooks)
        defer { consumer.close() }
        let place = TopicPartition(topic, Int32(lane))
        // A client may see an end too early, while a broker starts: only behind what the broker itself calls the end is
        // it one.
        let end = try consumer.watermarks(place, seconds: seconds).upperBound
        var reached: Int64 = -1
        consumer.onPartitionEnd = { _, offset in reached = offset }
        try consumer.incrementalAssign([PartitionOffset(place, PartitionOffset.beginning)])
        let deadline = MonotonicClock.seconds() + seconds
        var progress: [TopicPartition: ProgressRecord] = [:]
        while reached < end {
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(
                    "replication.progressUnread",
                    "\(place) at the target could not be read to its end in \(Int(seconds)) s", recovery: .retry)
            }
            let batch = try consumer.poll(maxMessages: 1000, waitMilliseconds: 100)
            for index in 0..<batch.count {
                guard let record = ProgressRecord(key: batch[index].key, value: batch[index].value) else { continue }
                progress[record.partition] = record
            }
        }
        return progress
    }
}
