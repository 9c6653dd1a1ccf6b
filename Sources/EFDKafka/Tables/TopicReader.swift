import EFDCore

/// Reads partitions from a given position to the end that they have at the start, and follows them from there: for
/// internal topics with the data of a table.
///
/// Only committed records are read. The end of a partition is reached when the reader's position passes it, which may
/// happen without a record: transaction markers and the gaps after compaction also have offsets. A transaction that has
/// not ended, or whose marker is not written yet, is after the end: to read all of a predecessor's records, open a
/// producer with its transactional id first.
///
/// Not thread-safe; owned by one thread.
public final class TopicReader {
    private let consumer: KafkaConsumer
    /// The offset of the next record, as far as known.
    private var positions: [TopicPartition: Int64] = [:]
    private var ends: [TopicPartition: Int64] = [:]
    /// Partitions whose position is before their end.
    private var unread: Set<TopicPartition> = []
    /// Positions at which the broker had no further records during this poll.
    private var drained: [PartitionOffset] = []

    /// Requests the ends from the brokers and starts reading.
    ///
    /// - Parameters:
    ///   - group: identifies the reader to the brokers. It joins no group and commits nothing.
    ///   - starts: offsets of records, or `PartitionOffset.beginning`.
    ///   - reset: where to resume if the broker no longer has a partition's next offset. With `.error`, `poll` throws
    /// `kafka.offsetLost`: the topic was deleted, or created again.
    ///   - seconds: how long to wait for the ends.
    /// - Throws: retriable errors while no broker or leader answers; `kafka.topicMissing`, `kafka.notAuthorized`.
    public init(
        _ properties: KafkaProperties, group: String, from starts: [PartitionOffset], reset: OffsetReset = .error,
        seconds: Double = 30, hooks: KafkaHooks = KafkaHooks()
    ) throws(EFDError) {
        var properties = properties
        try properties.set("enable.partition.eof", "true")
        try properties.set("isolation.level", "read_committed")
        try properties.set("auto.offset.reset", reset.rawValue)
        consumer = try KafkaConsumer(properties, group: group, hooks: hooks)
        for start in starts { positions[start.partition] = start.offset }
        consumer.onPartitionEnd = { [unowned self] partition, offset in
            drained.append(PartitionOffset(partition, offset))
        }
        consumer.onGap = { [unowned self] gap in
            positions[gap.partition] = gap.got
            if gap.got < gap.expected { ends[gap.partition] = consumer.knownEnd(of: gap.partition) ?? gap.got }
        }
        let whole = starts.filter { $0.offset == PartitionOffset.beginning }.map(\.partition)
        for first in try consumer.handle.offsets(of: whole, at: .earliest, seconds: seconds) {
            positions[first.partition] = first.offset
        }
        try markEnds(seconds: seconds)
        try consumer.assign(starts)
    }

    deinit { consumer.close() }

    public func close() { consumer.close() }

    public var connection: KafkaConnection { consumer.connection }

    /// The partition of a run's `source`.
    public func partition(of source: Int) -> TopicPartition { consumer.partition(of: source) }

    /// The offset after all polled records, including transaction markers.
    public func position(of partition: TopicPartition) -> Int64 { positions[partition] ?? 0 }

    /// Whether everything before the marked ends was polled.
    public var isAtEnd: Bool { unread.isEmpty }
    public func isAtEnd(_ partition: TopicPartition) -> Bool { !unread.contains(partition) }

    /// Requests the current ends from the brokers: `isAtEnd` refers to these from now on.
    ///
    /// - Throws: as the initializer.
    public func markEnds(seconds: Double = 30) throws(EFDError) {
        for end in try consumer.handle.offsets(of: Array(positions.keys), at: .latest, seconds: seconds) {
            ends[end.partition] = end.offset
        }
        unread = Set(positions.keys.filter { position(of: $0) < ends[$0] ?? 0 })
    }

    /// Waits at most `waitMilliseconds` for a record, then takes all available ones, at most `maxMessages`.
    ///
    /// - Throws: `kafka.offsetLost`, `kafka.clientFatal`. The client recovers from everything else by itself, see
    ///   `connection`.
    public func poll(maxMessages: Int = 1000, waitMilliseconds: Int = 100) throws(EFDError) -> MessageBatch {
        let batch = try consumer.poll(maxMessages: maxMessages, waitMilliseconds: waitMilliseconds)
        for run in batch.runs { advance(consumer.partition(of: run.source), to: run.lastOffset + 1) }
        for end in drained { advance(end.partition, to: end.offset) }
        drained.removeAll(keepingCapacity: true)
        return batch
    }

    private func advance(_ partition: TopicPartition, to offset: Int64) {
        let position = max(position(of: partition), offset)
        positions[partition] = position
        if position >= ends[partition] ?? 0 { unread.remove(partition) }
    }

    /// Polls until the marked ends are reached, and passes each record to `take`. False: `stop` stopped first, or
    /// `take` returned false because it needs no further record.
    ///
    /// - Throws: `kafka.endNotReached`, which is retriable, if it takes longer than `seconds`; as `poll`.
    @discardableResult
    public func readToEnd(seconds: Double, until stop: StopToken? = nil, _ take: (KafkaMessage) -> Bool)
        throws(EFDError) -> Bool
    {
        let deadline = MonotonicClock.seconds() + seconds
        while let partition = unread.first {
            if stop?.isStopped == true { return false }
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(
                    .kafkaEndNotReached,
                    "Kafka at \(consumer.handle.servers): \(partition) was read up to offset "
                        + "\(position(of: partition)) of \(ends[partition] ?? 0) in \(Int(seconds)) s",
                    recovery: .retry)
            }
            let batch = try poll()
            for index in 0..<batch.count where !take(batch[index]) { return false }
        }
        return true
    }
}
