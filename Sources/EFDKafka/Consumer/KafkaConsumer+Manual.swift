import EFDCore

/// Reading partitions that the caller chooses, outside of the group's assignment. Offsets can be stored for the group
/// all the same.
extension KafkaConsumer {
    /// Reads exactly these partitions from these offsets.
    public func assign(_ offsets: [PartitionOffset]) throws(EFDError) {
        try reader.unassignAll()
        try incrementalAssign(offsets)
    }

    /// Reads these partitions too, from these offsets.
    public func incrementalAssign(_ offsets: [PartitionOffset]) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        try reader.assign(offsets)
    }

    /// Reads these partitions no longer: `poll` returns nothing more of them.
    public func incrementalUnassign(_ partitions: [TopicPartition]) throws(EFDError) {
        guard !partitions.isEmpty else { return }
        try reader.unassign(partitions)
    }
}
