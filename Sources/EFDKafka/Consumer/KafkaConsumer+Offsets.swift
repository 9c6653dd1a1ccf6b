import CRdKafka
import EFDCore

extension KafkaConsumer {
    /// Subscribes to names and patterns (`TopicFilter.subscription`). New topics that match are found within
    /// `topic.metadata.refresh.interval.ms`.
    public func subscribe(_ topics: [String]) throws(EFDError) {
        let list = PartitionList(topics.map { TopicPartition($0, Int32(RD_KAFKA_PARTITION_UA)) })
        handle.isJoining = true
        try check(list.with { rd_kafka_subscribe(handle.raw, $0) }, "subscribing to \(topics.joined(separator: ", "))")
    }

    /// The currently assigned partitions.
    public var assignment: [TopicPartition] {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(handle.raw, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        return PartitionList.offsets(list).map(\.partition)
    }

    /// Marks the records before these offsets as finished. They are committed within `auto.commit.interval.ms` and
    /// `storeInterval`, between rebalances.
    public func store(_ offsets: [PartitionOffset]) {
        for offset in offsets { unstored[offset.partition] = offset.offset }
        storeIfDue()
    }

    func storeIfDue() {
        guard !unstored.isEmpty else { return }
        let now = MonotonicClock.seconds()
        if now - lastStore >= Self.storeInterval { storeNow(at: now) }
    }

    /// Passes the marked offsets to librdkafka, which commits them. It finds each partition by comparing the names of
    /// all topics, so this does not run for each batch.
    func storeNow(at now: Double = MonotonicClock.seconds()) {
        lastStore = now
        guard !unstored.isEmpty else { return }
        let list = PartitionList(unstored.map { PartitionOffset($0.key, $0.value) })
        unstored.removeAll(keepingCapacity: true)
        // It rejects partitions that this member no longer has: their next owner reads the records again.
        _ = list.with { rd_kafka_offsets_store(handle.raw, $0) }
    }

    /// Seconds between two transfers of marked offsets to librdkafka.
    private static let storeInterval = 0.5

    /// Commits stored offsets and waits for the broker's answer. Errors and use as with `commit`.
    public func commitStoredAndWait(seconds: Double = 10) throws(EFDError) {
        storeNow()
        try awaitCommit(seconds) { rd_kafka_commit_queue(handle.raw, nil, $0, nil, nil) }
    }

    /// Commits these offsets (of the next records to read) and waits for the broker's answer.
    ///
    /// For `onRevoked`, where a retriable error is retried until `seconds` are over, and for a group's only member.
    /// Elsewhere use `store`: the broker rejects a commit during a rebalance, and librdkafka then treats the partitions
    /// as lost.
    public func commit(_ offsets: [PartitionOffset], seconds: Double = 10) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try awaitCommit(seconds) { answers in list.with { rd_kafka_commit_queue(handle.raw, $0, answers, nil, nil) } }
    }

    /// Commits offsets that may be lower than the committed ones, as where a log restarted: of stored offsets
    /// librdkafka commits only those that are higher.
    public func rewind(_ offsets: [PartitionOffset], seconds: Double = 10) throws(EFDError) {
        for offset in offsets { unstored[offset.partition] = offset.offset }
        // First, or a higher offset that was stored earlier is committed after this one.
        storeNow()
        try commit(offsets, seconds: seconds)
    }

    private func awaitCommit(_ seconds: Double, _ send: (_ answers: OpaquePointer) -> rd_kafka_resp_err_t)
        throws(EFDError)
    {
        let deadline = MonotonicClock.seconds() + seconds
        while true {
            do throws(EFDError) {
                return try commitOnce(max(0.1, deadline - MonotonicClock.seconds()), send)
            } catch {
                guard isRevoking, error.isRetriable, MonotonicClock.seconds() + 0.1 < deadline else { throw error }
                MonotonicClock.sleep(seconds: 0.1)
            }
        }
    }

    /// Without a callback the answer is an event on the queue.
    private func commitOnce(_ seconds: Double, _ send: (_ answers: OpaquePointer) -> rd_kafka_resp_err_t)
        throws(EFDError)
    {
        let attempt = "committing offsets of group \(group)"
        guard let answers = rd_kafka_queue_new(handle.raw) else {
            throw EFDError(.kafkaRequestFailed, "\(attempt): out of memory")
        }
        defer { rd_kafka_queue_destroy(answers) }
        try check(send(answers), attempt)
        guard let event = rd_kafka_queue_poll(answers, Int32(clamping: Int(seconds * 1000))) else {
            throw KafkaErrorCode.timedOut.error(
                attempting: attempt, on: handle.servers, detail: "no answer in \(seconds) s")
        }
        defer { rd_kafka_event_destroy(event) }
        let code = KafkaErrorCode(rd_kafka_event_error(event))
        if code == .noOffset { return }  // nothing was stored since the last commit
        handle.observer.committed(code)
        try check(code.code, attempt)
        guard let results = rd_kafka_event_topic_partition_list(event) else { return }
        for index in 0..<Int(results.pointee.cnt) { try check(results.pointee.elems[index].err, attempt) }
    }

    /// The committed offsets of the group, `PartitionOffset.none` if there are none.
    public func committed(_ partitions: [TopicPartition], seconds: Double = 10) throws(EFDError) -> [PartitionOffset] {
        let list = PartitionList(partitions)
        try check(
            list.with { rd_kafka_committed(handle.raw, $0, Int32(clamping: Int(seconds * 1000))) },
            "reading committed offsets of group \(group)")
        return list.offsets
    }

    /// Requests the oldest offset and the one after the newest from the broker.
    public func watermarks(_ partition: TopicPartition, seconds: Double = 10) throws(EFDError) -> Range<Int64> {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            handle.raw, partition.topic, partition.partition, &low, &high, Int32(clamping: Int(seconds * 1000)))
        try check(code, "requesting the offsets of \(partition)")
        return low..<max(low, high)
    }

    private func check(_ code: rd_kafka_resp_err_t, _ attempt: String) throws(EFDError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaErrorCode(code).error(attempting: attempt, on: handle.servers)
    }
}
