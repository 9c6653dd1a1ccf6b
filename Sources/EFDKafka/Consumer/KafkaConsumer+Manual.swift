import EFDCore

/// Reading partitions that the caller selects, independent of the group's assignment. Offsets can still be stored for
/// the group.
extension KafkaConsumer {
    /// Reads exactly these partitions from these offsets.
    public func assign(_ offsets: [PartitionOffset]) throws(EFDError) {
        try reader.unassignAll()
        try incrementalAssign(offsets)
    }

    /// Also reads these partitions, from these offsets.
    public func incrementalAssign(_ offsets: [PartitionOffset]) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        try reader.assign(offsets)
    }

    /// Stops reading these partitions: `poll` returns nothing further of them.
    public func incrementalUnassign(_ partitions: [TopicPartition]) throws(EFDError) {
        guard !partitions.isEmpty else { return }
        try reader.unassign(partitions)
    }
}
