import CRdKafka
import EFDCore
import Glibc

extension PartitionReader {
    /// Selects the records of a poll, groups them into runs, and handles the errors.
    ///
    /// - Parameter now: monotonic seconds, with many partitions.
    func sift(_ gathered: Int, _ now: Double) -> MessageBatch {
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
                if let run = open, run.first < kept { runs.append(close(run, at: kept, now)) }
                open = begin(message, first: kept)
            }
            if open?.takes(message.pointee.offset) != true {
                rd_kafka_message_destroy(message)
                continue
            }
            slots[kept] = message
            kept += 1
            bytesTaken += message.pointee.len + message.pointee.key_len
        }
        if let run = open, run.first < kept { runs.append(close(run, at: kept, now)) }
        gathering.end()
        restart()
        if kept > 0 { handles.member.observer.isAlive() }
        return MessageBatch(slots: slots, count: kept, runs: runs, owner: handles)
    }

    private struct OpenRun {
        let topic: OpaquePointer
        let partition: Int32
        let source: Int
        let topicNumber: Int
        /// The lowest offset to deliver; nil: another handle fetches the partition now.
        let lowest: Int64?
        let first: Int

        @inline(__always) func takes(_ offset: Int64) -> Bool { lowest.map { offset >= $0 } ?? false }

        @inline(__always) func holds(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
            message.pointee.rkt == topic && message.pointee.partition == partition
        }
    }

    private func begin(_ message: UnsafeMutablePointer<rd_kafka_message_t>, first: Int) -> OpenRun? {
        guard let topic = message.pointee.rkt else { return nil }
        let partition = message.pointee.partition
        let (source, topicNumber) = sources.lookUp(topic, partition)
        let isOurs = planner.place(of: source).map { $0 == FetchHandles.place(of: topic) } ?? false
        return OpenRun(
            topic: topic, partition: partition, source: source, topicNumber: topicNumber,
            lowest: isOurs ? planner.expected(source) : nil, first: first)
    }

    /// The run's records are in the slots from `run.first` to before `end`, at least one.
    private func close(_ run: OpenRun, at end: Int, _ now: Double) -> MessageRun {
        let firstOffset = gathering.slots[run.first]?.pointee.offset ?? 0
        let lastOffset = gathering.slots[end - 1]?.pointee.offset ?? firstOffset
        if !awaitingReset.isEmpty, let expected = awaitingReset.removeValue(forKey: run.source),
            expected != firstOffset
        {
            events?.skipped(
                OffsetGap(partition: sources.partition(run.source), expected: expected, got: firstOffset))
        }
        planner.read(run.source, through: lastOffset, at: now)
        ends.changed(run.source)
        return MessageRun(
            source: run.source, topic: run.topicNumber, partition: run.partition, messages: run.first..<end,
            firstOffset: firstOffset, lastOffset: lastOffset)
    }

    private func failed(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let code = KafkaErrorCode(message.pointee.err)
        let detail = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
        guard let topic = message.pointee.rkt else {
            events?.failed(nil, code, detail)
            return
        }
        let source = sources.lookUp(topic, message.pointee.partition).source
        // From another handle it is outdated, or from the member, which does not read.
        guard planner.place(of: source).map({ $0 == FetchHandles.place(of: topic) }) == true else { return }
        let partition = sources.partition(source)
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF: events?.reachedEnd(partition, at: message.pointee.offset)
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: events?.refused(partition, offset: message.pointee.offset, detail)
        default: events?.failed(partition, code, detail)
        }
    }

    /// Restarts the partitions that lost their position. librdkafka has stopped them, so a seek fails: they are
    /// unassigned and assigned again, all of a poll together, which the group does not notice.
    private func restart() {
        guard !restarts.isEmpty else { return }
        let attempt = "restarting partitions with lost offsets"
        let places = Dictionary(grouping: restarts) { planner.place(of: sources.number($0.partition)) }
        restarts.removeAll()
        do throws(EFDError) {
            for (place, starts) in places {
                guard let place else { continue }
                try handles.unassign(starts.map(\.partition), in: place, attempt)
                try handles.assign(starts, in: place, attempt)
                for start in starts { planner.seek(sources.number(start.partition), to: start.offset) }
            }
        } catch {
            deferred = error
        }
    }
}

/// Numbers the topics and partitions of a consumer, so that handlers of records keep them in arrays.
///
/// librdkafka identifies topics by pointer. A pointer may be reused after its topic is gone, so each hit compares
/// the name, once for a run of messages.
struct SourceTable: ~Copyable {
    private struct Key: Hashable {
        let topic: OpaquePointer
        let partition: Int32
    }

    private struct Entry {
        let partition: TopicPartition
        let topic: Int
    }

    private var known: [Key: Int] = [:]
    private var byName: [TopicPartition: Int] = [:]
    private var entries: [Entry] = []
    private var topics: [String] = []
    private var topicNumbers: [String: Int] = [:]
    private var names: [UnsafeMutablePointer<CChar>] = []

    deinit { for name in names { free(name) } }

    func partition(_ source: Int) -> TopicPartition { entries[source].partition }
    func topicName(_ topic: Int) -> String { topics[topic] }

    mutating func lookUp(_ topic: OpaquePointer, _ partition: Int32) -> (source: Int, topic: Int) {
        let key = Key(topic: topic, partition: partition)
        if let source = known[key] {
            let number = entries[source].topic
            if strcmp(rd_kafka_topic_name(topic), names[number]) == 0 { return (source, number) }
        }
        let source = number(TopicPartition(String(cString: rd_kafka_topic_name(topic)), partition))
        known[key] = source
        return (source, entries[source].topic)
    }

    mutating func number(_ partition: TopicPartition) -> Int {
        if let source = byName[partition] { return source }
        let topic: Int
        if let number = topicNumbers[partition.topic] {
            topic = number
        } else {
            topic = topics.count
            topicNumbers[partition.topic] = topic
            topics.append(partition.topic)
            names.append(strdup(partition.topic))
        }
        byName[partition] = entries.count
        entries.append(Entry(partition: partition, topic: topic))
        return entries.count - 1
    }
}
