import EFDCore
import EFDKafka

/// The map of offsets that the replicator writes beside its copies, read along.
final class OffsetMap {
    private let consumer: KafkaConsumer
    private let properties: KafkaProperties
    private let topic: String
    private let hooks: KafkaHooks
    private let lanes: Int
    private var lists: [TopicPartition: SpanList] = [:]
    private var unread: Set<TopicPartition> = []

    private static let pollMilliseconds = 100
    private static let patience = 60.0

    /// - Parameter lanes: partitions of the offsets topic.
    init(_ target: KafkaProperties, topic: String, lanes: Int, hooks: KafkaHooks) throws(EFDError) {
        var properties = target
        try properties.set("enable.partition.eof", "true")
        try properties.set("auto.offset.reset", "earliest")
        try properties.set("isolation.level", "read_committed")
        (self.properties, self.topic, self.lanes, self.hooks) = (properties, topic, lanes, hooks)
        consumer = try KafkaConsumer(properties, group: "\(topic).reader", hooks: hooks)
        consumer.onPartitionEnd = { [unowned self] partition, _ in unread.remove(partition) }
        try consumer.assign(
            (0..<lanes).map { PartitionOffset(TopicPartition(topic, Int32($0)), PartitionOffset.beginning) })
        unread = Set((0..<lanes).map { TopicPartition(topic, Int32($0)) })
    }

    func close() { consumer.close() }

    /// Reads what was written since.
    func refresh(until stop: StopToken) throws(EFDError) {
        let deadline = MonotonicClock.seconds() + Self.patience
        var quiet = 0
        while !stop.isStopped && (!unread.isEmpty || quiet < 2) {
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(
                    "replication.offsetsUnread",
                    "\(topic) at the target could not be read to its end in \(Int(Self.patience)) s", recovery: .retry)
            }
            let batch = try consumer.poll(maxMessages: 1000, waitMilliseconds: Self.pollMilliseconds)
            quiet = batch.isEmpty ? quiet + 1 : 0
            Self.take(batch, into: &lists)
        }
    }

    /// Nil: nothing was copied of that partition since the map began. `isCut`: the topic tells more than is remembered.
    func place(of position: PartitionOffset) -> (topic: String, place: SpanList.Place, isCut: Bool)? {
        guard let list = lists[position.partition], let place = list.place(of: position.offset) else { return nil }
        return (list.targetTopic, place, list.isCut)
    }

    /// Looks for positions in all that the topic still has.
    func search(_ positions: [PartitionOffset], until stop: StopToken) throws(EFDError) -> [PartitionOffset: SpanList
        .Place]
    {
        var found: [PartitionOffset: SpanList.Place] = [:]
        for (lane, wanted) in Dictionary(
            grouping: positions, by: { LanePartitioner.lane(of: $0.partition, among: lanes) })
        {
            let reader = try KafkaConsumer(properties, group: "\(topic).reader", hooks: hooks)
            defer { reader.close() }
            let isAtEnd = Locked(false)
            reader.onPartitionEnd = { _, _ in isAtEnd.withLock { $0 = true } }
            try reader.assign([PartitionOffset(TopicPartition(topic, Int32(lane)), PartitionOffset.beginning)])
            var open = Dictionary(grouping: wanted, by: \.partition)
            var lists: [TopicPartition: SpanList] = [:]
            while !isAtEnd.withLock({ $0 }) && !open.isEmpty && !stop.isStopped {
                let batch = try reader.poll(maxMessages: 1000, waitMilliseconds: Self.pollMilliseconds)
                for index in 0..<batch.count {
                    // One by one: what is remembered may not reach back over a whole batch.
                    guard let partition = Self.take(batch[index], into: &lists, only: { open[$0] != nil }) else {
                        continue
                    }
                    open[partition]?.removeAll { position in
                        let place = lists[partition]?.place(of: position.offset)
                        // The first span that begins behind a position decides, and does not change any more.
                        if case .end? = place { return false }
                        found[position] = place
                        return place != nil
                    }
                    if open[partition]?.isEmpty == true { open[partition] = nil }
                }
            }
        }
        return found
    }

    private static func take(_ batch: borrowing MessageBatch, into lists: inout [TopicPartition: SpanList]) {
        for index in 0..<batch.count { _ = take(batch[index], into: &lists) { _ in true } }
    }

    /// Returns the partition that the record tells of, where it is wanted.
    private static func take(
        _ message: KafkaMessage, into lists: inout [TopicPartition: SpanList], only isWanted: (TopicPartition) -> Bool
    ) -> TopicPartition? {
        guard let record = SpanRecord(key: message.key, value: message.value), isWanted(record.partition) else {
            return nil
        }
        var list = lists[record.partition] ?? SpanList(targetTopic: record.targetTopic)
        if list.targetTopic != record.targetTopic { list = SpanList(targetTopic: record.targetTopic) }
        for span in record.spans { list.add(span) }
        lists[record.partition] = list
        return record.partition
    }
}
