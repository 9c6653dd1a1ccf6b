import EFDCore

/// Receives events of assigned partitions other than records, on the thread that polls.
protocol PartitionEvents: AnyObject {
    /// The end of the partition was reached at that offset.
    func reachedEnd(_ partition: TopicPartition, at offset: Int64)
    /// The broker does not have the offset, or nothing was ever committed (`offset` is negative then). The partition
    /// delivers nothing until it is restarted, or unassigned and assigned again.
    func refused(_ partition: TopicPartition, offset: Int64, _ detail: String)
    /// The first record after a restart arrived.
    func skipped(_ gap: OffsetGap)
    /// A partition (nil: the client) cannot be read now; the client keeps trying.
    func failed(_ partition: TopicPartition?, _ code: KafkaErrorCode, _ detail: String)
}
