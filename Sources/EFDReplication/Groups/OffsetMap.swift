import EFDCore
import EFDKafka

/// The map of offsets that the replicator writes with its copies, updated as it grows.
///
/// Not thread-safe; owned by one thread.
final class OffsetMap {
    private let reader: TopicReader
    private let properties: KafkaProperties
    private let topic: String
    private let hooks: KafkaHooks
    private let lanes: Int
    private var lists: [TopicPartition: SpanList] = [:]

    /// Seconds to read the records since the last update, and to read the whole topic.
    private static let patience = 60.0
    private static let searchPatience = 600.0

    /// - Parameter lanes: partitions of the offsets topic.
    init(_ target: KafkaProperties, topic: String, lanes: Int, hooks: KafkaHooks) throws(EFDError) {
        (properties, self.topic, self.lanes, self.hooks) = (target, topic, lanes, hooks)
        reader = try Self.reader(target, topic, lanes: 0..<lanes, hooks)
    }

    func close() { reader.close() }

    /// Reads the records since the last call.
    func refresh(until stop: StopToken) throws(EFDError) {
        try reader.markEnds(seconds: Self.patience)
        try reader.readToEnd(seconds: Self.patience, until: stop) { message in
            _ = Self.take(message, into: &lists) { _ in true }
            return true
        }
    }

    /// nil: no copy of that partition is in the map. `isCut`: the topic has more than the map keeps.
    func translation(of position: PartitionOffset) -> (topic: String, translation: SpanList.Translation, isCut: Bool)? {
        guard let list = lists[position.partition] else { return nil }
        return list.translation(of: position.offset).map { (list.targetTopic, $0, list.isCut) }
    }

    /// Searches for offsets in all records of the topic.
    func search(_ positions: [PartitionOffset], until stop: StopToken) throws(EFDError)
        -> [PartitionOffset: SpanList.Translation]
    {
        var found: [PartitionOffset: SpanList.Translation] = [:]
        for (lane, wanted) in Dictionary(
            grouping: positions, by: { LanePartitioner.lane(of: $0.partition, among: lanes) })
        {
            let reader = try Self.reader(properties, topic, lanes: lane..<lane + 1, hooks)
            defer { reader.close() }
            var open = Dictionary(grouping: wanted, by: \.partition)
            var lists: [TopicPartition: SpanList] = [:]
            try reader.readToEnd(seconds: Self.searchPatience, until: stop) { message in
                // One by one: the map may not reach back over a whole batch.
                guard let partition = Self.take(message, into: &lists, only: { open[$0] != nil }) else { return true }
                open[partition]?.removeAll { position in
                    let translation = lists[partition]?.translation(of: position.offset)
                    // The first span that begins after an offset is decisive and final.
                    if case .end? = translation { return false }
                    found[position] = translation
                    return translation != nil
                }
                if open[partition]?.isEmpty == true { open[partition] = nil }
                return !open.isEmpty
            }
        }
        return found
    }

    /// The topic has time retention: it may lose its oldest records while it is read.
    private static func reader(_ properties: KafkaProperties, _ topic: String, lanes: Range<Int>, _ hooks: KafkaHooks)
        throws(EFDError) -> TopicReader
    {
        try TopicReader(
            properties, group: "\(topic).reader",
            from: lanes.map { PartitionOffset(TopicPartition(topic, Int32($0)), PartitionOffset.beginning) },
            reset: .earliest, hooks: hooks)
    }

    /// Returns the partition of the record's spans, if it is wanted.
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
