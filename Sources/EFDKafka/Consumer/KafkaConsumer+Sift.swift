import CRdKafka
import EFDCore

extension KafkaConsumer {
    /// Keeps the records among what was polled, finds their runs, and deals with the errors.
    func sift(_ gathered: Int) -> MessageBatch {
        let slots = gathering.slots
        var kept = 0
        var runs: [MessageRun] = []
        var open: OpenRun?
        for index in 0..<gathered {
            guard let message = slots[index] else { continue }
            let isVoid = gathering.hasVoid && gathering.isVoid(index, message)
            if isVoid || message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                if !isVoid { failed(message) }
                rd_kafka_message_destroy(message)
                continue
            }
            if open?.holds(message) != true {
                if let run = open { runs.append(close(run, at: kept, last: slots[kept - 1])) }
                open = OpenRun(message, first: kept)
            }
            slots[kept] = message
            kept += 1
            bytesTaken += message.pointee.len + message.pointee.key_len
        }
        if let run = open { runs.append(close(run, at: kept, last: slots[kept - 1])) }
        gathering.end()
        restart()
        if kept > 0 { handle.observer.isAlive() }
        return MessageBatch(slots: slots, count: kept, runs: runs, owner: handle)
    }

    private struct OpenRun {
        let topic: OpaquePointer
        let partition: Int32
        let first: Int
        let firstOffset: Int64

        init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, first: Int) {
            topic = message.pointee.rkt
            partition = message.pointee.partition
            firstOffset = message.pointee.offset
            self.first = first
        }

        @inline(__always) func holds(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
            message.pointee.rkt == topic && message.pointee.partition == partition
        }
    }

    private func close(_ run: OpenRun, at end: Int, last: PollBuffer.Slot) -> MessageRun {
        let (source, topic) = sources.lookUp(run.topic, run.partition)
        if !awaitingReset.isEmpty, let expected = awaitingReset.removeValue(forKey: sources.partition(source)),
            expected != run.firstOffset
        {
            tell(OffsetGap(partition: sources.partition(source), expected: expected, got: run.firstOffset))
        }
        return MessageRun(
            source: source, topic: topic, partition: run.partition, messages: run.first..<end,
            firstOffset: run.firstOffset,
            lastOffset: last?.pointee.offset ?? run.firstOffset)
    }

    private func failed(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let code = KafkaErrorCode(message.pointee.err)
        let detail = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
        guard let topic = message.pointee.rkt else { return failed(code, detail) }
        let partition = TopicPartition(String(cString: rd_kafka_topic_name(topic)), message.pointee.partition)
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF: onPartitionEnd(partition, message.pointee.offset)
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: reset(partition, expected: message.pointee.offset, detail)
        default:
            onPartitionFailed(partition, code)
            failed(code, "\(partition): \(detail)")
        }
    }

    private func failed(_ code: KafkaErrorCode, _ detail: String) {
        handle.observer.failed(code, detail: detail)
        if case .failed(let error) = connection.status { deferred = error }
    }

    /// The broker has not what is due at `expected`, or nothing was ever committed (`expected` is negative then).
    private func reset(_ partition: TopicPartition, expected: Int64, _ detail: String) {
        if verificationOffsets.removeValue(forKey: partition) == expected {
            return resets.append(PartitionOffset(partition, expected + 1))
        }
        if let onOffsetRefused { return onOffsetRefused(partition, expected) }
        guard offsetReset != .error else {
            deferred = EFDError(
                "kafka.offsetLost",
                "Kafka at \(handle.servers): reading \(partition) in group \(group) at offset \(expected): \(detail)",
                remedy:
                    "Reset the group's offsets (kafka-consumer-groups.sh --reset-offsets), or set the property "
                    + "auto.offset.reset to earliest or latest"
            )
            return
        }
        if expected >= 0 { awaitingReset[partition] = expected }
        resets.append(
            PartitionOffset(partition, offsetReset == .earliest ? PartitionOffset.beginning : PartitionOffset.end))
    }

    /// Begins anew in the partitions that lost their place. librdkafka has stopped them, so that they cannot be sought
    /// in: they are given up and taken again, all of a poll at once, which the group does not notice.
    private func restart() {
        guard !resets.isEmpty else { return }
        let list = PartitionList(resets)
        resets.removeAll()
        let attempt = "beginning anew where offsets were lost"
        let error =
            taking(list.with { rd_kafka_incremental_unassign(handle.raw, $0) }, attempting: attempt, on: handle.servers)
            ?? taking(
                list.with { rd_kafka_incremental_assign(handle.raw, $0) }, attempting: attempt, on: handle.servers)
        if let error { deferred = error }
    }
}
