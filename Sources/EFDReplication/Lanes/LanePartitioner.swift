import EFDCore
import EFDKafka

/// Which lane copies a source partition: a function of names alone, the same in every replicator of a group and for
/// ever, since each lane's progress lies in a partition of its own.
enum LanePartitioner {
    static func lane(of place: TopicPartition, among lanes: Int) -> Int {
        lane(of: place.topic, place.partition, among: lanes)
    }

    /// The partitions of a topic lie on lanes beside each other; where a topic begins is spread by FNV-1a.
    static func lane(of topic: String, _ partition: Int32, among lanes: Int) -> Int {
        Int((FNV1a.hash(topic.utf8) % UInt64(lanes) + UInt64(partition)) % UInt64(lanes))
    }
}
