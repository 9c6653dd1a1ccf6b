import EFDKafka

/// Which lane copies a source partition: a function of names alone, the same in every replicator of a group and for
/// ever.
enum LanePartitioner {
    static func lane(of place: TopicPartition, among lanes: Int) -> Int {
        lane(of: place.topic, place.partition, among: lanes)
    }

    /// The partitions of a topic lie on lanes beside each other; where a topic begins is spread by FNV-1a.
    static func lane(of topic: String, _ partition: Int32, among lanes: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in topic.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int((hash % UInt64(lanes) + UInt64(partition)) % UInt64(lanes))
    }
}
