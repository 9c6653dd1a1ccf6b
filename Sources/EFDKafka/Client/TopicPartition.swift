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

/// A place in a partition: the offset of the next record to read.
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
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

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

    var offsets: [PartitionOffset] { Self.offsets(raw) }

    /// The first partition that was refused, if any.
    var firstError: (partition: TopicPartition, code: KafkaErrorCode)? {
        for index in 0..<Int(raw.pointee.cnt) where raw.pointee.elems[index].err != RD_KAFKA_RESP_ERR_NO_ERROR {
            let entry = raw.pointee.elems[index]
            return (TopicPartition(String(cString: entry.topic), entry.partition), KafkaErrorCode(entry.err))
        }
        return nil
    }

    static func offsets(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [PartitionOffset] {
        (0..<Int(list.pointee.cnt)).map { index in
            let entry = list.pointee.elems[index]
            return PartitionOffset(TopicPartition(String(cString: entry.topic), entry.partition), entry.offset)
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(raw) }
}
