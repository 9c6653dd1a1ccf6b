import EFDKafka

/// Which lane copies a source partition: a function of names alone, the same in every replicator of a group for ever.
enum LanePartitioner {
    static func lane(of partition: TopicPartition, among lanes: Int) -> Int {
        lane(of: partition.topic, partition.partition, among: lanes)
    }

    /// The partitions of a topic lie on consecutive lanes; the lane of its partition 0 is spread by FNV-1a.
    static func lane(of topic: String, _ partition: Int32, among lanes: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in topic.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int((hash % UInt64(lanes) + UInt64(partition)) % UInt64(lanes))
    }
}
