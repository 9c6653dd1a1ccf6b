import CRdKafka
import EFDCore

/// The partitions of one handle. A paused partition that is unassigned stays paused in librdkafka: `PartitionReader`
/// keeps account of that.
extension FetchHandles {
    func assign(_ offsets: [PartitionOffset], in place: FetchPlace, _ attempt: String = "taking partitions")
        throws(EFDError)
    {
        guard !offsets.isEmpty || place == .member else { return }
        let client = try client(place)
        let answer = PartitionList(offsets).with { rd_kafka_incremental_assign(client.raw, $0) }
        if let error = taking(answer, attempting: attempt, on: member.servers) { throw error }
    }

    func unassign(
        _ partitions: [TopicPartition], in place: FetchPlace, _ attempt: String = "releasing partitions"
    ) throws(EFDError) {
        guard place == .member || (!partitions.isEmpty && !isDetached) else { return }
        let client = try client(place)
        let answer = PartitionList(partitions).with { rd_kafka_incremental_unassign(client.raw, $0) }
        if let error = taking(answer, attempting: attempt, on: member.servers) { throw error }
    }

    func pause(_ partitions: [TopicPartition], in place: FetchPlace) throws(EFDError) {
        guard !partitions.isEmpty else { return }
        let client = try client(place)
        try check(PartitionList(partitions).with { rd_kafka_pause_partitions(client.raw, $0) }, "pausing partitions")
    }

    func resume(_ partitions: [TopicPartition], in place: FetchPlace) throws(EFDError) {
        guard !partitions.isEmpty else { return }
        let client = try client(place)
        try check(PartitionList(partitions).with { rd_kafka_resume_partitions(client.raw, $0) }, "resuming partitions")
    }

    /// In the member. Throws the first failure, none at all with a wait of 0, which only starts it.
    func seek(_ offsets: [PartitionOffset], waitMilliseconds: Int) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        let attempt = "seeking in \(offsets.map(\.partition.description).joined(separator: ", "))"
        let answer = list.with { rd_kafka_seek_partitions(member.raw, $0, Int32(clamping: waitMilliseconds)) }
        if let error = taking(answer, attempting: attempt, on: member.servers) { throw error }
        guard waitMilliseconds > 0, let failed = list.refused.first else { return }
        throw failed.code.error(attempting: "seeking in \(failed.partition)", on: member.servers)
    }

    /// The offset after a partition's newest record, as of the last fetch; nil: nothing was fetched of it.
    /// librdkafka finds the partition by comparing the names of all topics of the handle.
    func knownEnd(of partition: TopicPartition, in place: FetchPlace) -> Int64? {
        guard let client = try? client(place) else { return nil }
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_get_watermark_offsets(client.raw, partition.topic, partition.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    private func check(_ code: rd_kafka_resp_err_t, _ attempt: String) throws(EFDError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaErrorCode(code).error(attempting: attempt, on: member.servers)
    }
}
