import CRdKafka

public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)[\(partition)]" }
}

/// A position in a partition: the offset of the next record to read.
public struct PartitionOffset: Hashable, Sendable {
    public let partition: TopicPartition
    /// A record's offset, or one of `beginning`, `end` and `none`.
    public let offset: Int64

    public static let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING)
    public static let end = Int64(RD_KAFKA_OFFSET_END)
    /// Nothing is committed or known.
    public static let none = Int64(RD_KAFKA_OFFSET_INVALID)

    public init(_ partition: TopicPartition, _ offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// librdkafka's list of partitions, freed with this value.
struct PartitionList: ~Copyable {
    typealias Raw = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    private let raw: Raw

    init(capacity: Int) { raw = rd_kafka_topic_partition_list_new(Int32(clamping: capacity)) }

    init(_ offsets: some Collection<PartitionOffset>) {
        self.init(capacity: offsets.count)
        for entry in offsets { add(entry.partition, entry.offset) }
    }

    init(_ partitions: some Collection<TopicPartition>) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition, PartitionOffset.none) }
    }

    func add(_ partition: TopicPartition, _ offset: Int64) {
        rd_kafka_topic_partition_list_add(raw, partition.topic, partition.partition).pointee.offset = offset
    }

    /// The list is valid while `body` runs.
    borrowing func with<Result>(_ body: (Raw) -> Result) -> Result { body(raw) }

    var offsets: [PartitionOffset] { Self.offsets(raw) }

    /// The partitions for which a call failed.
    var refused: [(partition: TopicPartition, code: KafkaErrorCode)] {
        (0..<Int(raw.pointee.cnt)).compactMap { index in
            let entry = raw.pointee.elems[index]
            guard entry.err != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return (TopicPartition(String(cString: entry.topic), entry.partition), KafkaErrorCode(entry.err))
        }
    }

    static func offsets(_ list: Raw) -> [PartitionOffset] {
        (0..<Int(list.pointee.cnt)).map { index in
            let entry = list.pointee.elems[index]
            return PartitionOffset(TopicPartition(String(cString: entry.topic), entry.partition), entry.offset)
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(raw) }
}
