import CRdKafka
import EFDCore

extension KafkaConsumer {
    /// Runs on the owner's thread, inside `poll` or `close`. The strategy is always cooperative: the lists contain only
    /// changes.
    func rebalance(_ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let partitions = PartitionList.offsets(list).map(\.partition)
        handle.observer.isAlive()
        handle.isJoining = false
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            let starts = Self.starts(list, at: onAssigned(partitions))
            // Unreadable partitions must be left to other members: `poll` throws.
            do throws(EFDError) { try reader.assign(starts) } catch { reader.deferred = error }
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let lost = rd_kafka_assignment_lost(handle.raw) != 0
            isRevoking = !lost
            onRevoked(partitions, lost)
            isRevoking = false
            if lost { for partition in partitions { unstored[partition] = nil } } else { storeNow() }
            step { () throws(EFDError) in try reader.unassign(partitions) }
        default:
            handle.observer.failed(KafkaErrorCode(code), detail: "rebalance")
            step { () throws(EFDError) in try reader.unassignAll() }
        }
    }

    /// At the caller's offsets, else at the group's committed ones.
    private static func starts(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, at wanted: [PartitionOffset]
    ) -> [PartitionOffset] {
        guard !wanted.isEmpty else { return PartitionList.offsets(list) }
        let offsets = Dictionary(wanted.map { ($0.partition, $0.offset) }) { _, last in last }
        return PartitionList.offsets(list).map { PartitionOffset($0.partition, offsets[$0.partition] ?? $0.offset) }
    }

    private func step(_ body: () throws(EFDError) -> Void) {
        do throws(EFDError) { try body() } catch {
            handle.observer.hooks.log.warning("Kafka rebalance step failed", error)
        }
    }
}
