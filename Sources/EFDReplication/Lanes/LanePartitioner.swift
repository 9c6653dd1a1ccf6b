import EFDCore
import EFDKafka

/// The lane of a source partition: a permanent function of names only, the same in every replicator of a group.
enum LanePartitioner {
    static func lane(of partition: TopicPartition, among lanes: Int) -> Int {
        lane(of: partition.topic, partition.partition, among: lanes)
    }

    /// The partitions of a topic are on consecutive lanes; FNV-1a spreads the lane of its partition 0.
    static func lane(of topic: String, _ partition: Int32, among lanes: Int) -> Int {
        Int((FNV1a.hash(topic.utf8) % UInt64(lanes) + UInt64(partition)) % UInt64(lanes))
    }
}
