import CRdKafka
import EFDCore

extension KafkaConsumer {
    /// Runs on the owner's thread, inside `poll` or `close`. The strategy is always cooperative: only what changes
    /// hands is named.
    func rebalance(_ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let partitions = PartitionList.offsets(list).map(\.partition)
        handle.observer.isAlive()
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            begin(list, at: onAssigned(partitions))
            report(rd_kafka_incremental_assign(handle.raw, list), "taking partitions")
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let lost = rd_kafka_assignment_lost(handle.raw) != 0
            gathering.void(partitions)
            for partition in partitions { awaitingReset[partition] = nil }
            isRevoking = !lost
            onRevoked(partitions, lost)
            isRevoking = false
            report(rd_kafka_incremental_unassign(handle.raw, list), "giving partitions up")
        default:
            handle.observer.failed(KafkaErrorCode(code), detail: "rebalance")
            report(rd_kafka_assign(handle.raw, nil), "giving partitions up")
        }
    }

    private func begin(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, at starts: [PartitionOffset]) {
        for start in starts {
            guard let entry = rd_kafka_topic_partition_list_find(list, start.partition.topic, start.partition.partition)
            else { continue }
            entry.pointee.offset = start.offset
        }
    }

    private func report(_ error: OpaquePointer?, _ attempt: String) {
        guard let error = taking(error, attempting: attempt, on: handle.servers) else { return }
        handle.observer.hooks.log.warning("Kafka rebalance step failed", error)
    }

    private func report(_ code: rd_kafka_resp_err_t, _ attempt: String) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        handle.observer.hooks.log.warning(
            "Kafka rebalance step failed", KafkaErrorCode(code).error(attempting: attempt, on: handle.servers))
    }
}
