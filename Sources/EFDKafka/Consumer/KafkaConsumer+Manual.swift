import CRdKafka
import EFDCore

/// Reading partitions that the caller chooses, outside of the group's assignment. Offsets can be stored for the group
/// all the same.
extension KafkaConsumer {
    /// Reads these partitions too, from these offsets.
    public func incrementalAssign(_ offsets: [PartitionOffset]) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        if let error = taking(
            list.with { rd_kafka_incremental_assign(handle.raw, $0) }, attempting: "taking partitions",
            on: handle.servers)
        {
            throw error
        }
    }

    /// Reads these partitions no longer: `poll` returns nothing more of them.
    public func incrementalUnassign(_ partitions: [TopicPartition]) throws(EFDError) {
        guard !partitions.isEmpty else { return }
        let list = PartitionList(partitions)
        if let error = taking(
            list.with { rd_kafka_incremental_unassign(handle.raw, $0) }, attempting: "releasing partitions",
            on: handle.servers)
        {
            throw error
        }
    }
}
