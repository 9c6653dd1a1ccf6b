import CRdKafka
import EFDCore

/// Reads records for one member of a consumer group.
///
/// One thread owns a consumer: it makes every call, and the handlers below run on it, inside `poll` or `close`. Offsets
/// are committed only for records that the owner has finished, by `store`.
public final class KafkaConsumer {
    /// New partitions of this member. Returns where to start in those that should not start at the committed offset.
    public var onAssigned: ([TopicPartition]) -> [PartitionOffset] = { _ in [] }
    /// Partitions that this member is about to lose: the last moment to flush and commit. With `lost` another member
    /// already has them, and a commit fails. Polled records of these partitions that were not delivered are dropped.
    public var onRevoked: (_ partitions: [TopicPartition], _ lost: Bool) -> Void = { _, _ in }
    /// Records that the broker no longer had: reported when the first record after them arrives.
    public var onGap: (OffsetGap) -> Void = { _ in }
    /// Offsets re-read only to verify a topic's identity (the last stored record). If the broker no longer has one,
    /// reading starts at the next offset and no gap is reported.
    public var verificationOffsets: [TopicPartition: Int64] = [:]
    /// The end of a partition was reached at that offset. Only with the property `enable.partition.eof=true`. The
    /// records before it may still be in the batch that the same poll returns.
    public var onPartitionEnd: (TopicPartition, Int64) -> Void = { _, _ in }

    /// Called if the next offset is out of range at the broker. The partition delivers nothing until it is released and
    /// taken again. nil: reading resumes by `offsetReset`.
    public var onOffsetRefused: ((TopicPartition, Int64) -> Void)?
    /// A partition cannot be read now; the client keeps trying.
    public var onPartitionFailed: (TopicPartition, KafkaErrorCode) -> Void = { _, _ in }

    public let group: String
    public let offsetReset: OffsetReset

    /// The group's member; everything except reading goes through it.
    let handle: ClientHandle
    let reader: PartitionReader
    /// `onRevoked` runs, for partitions that are still assigned.
    var isRevoking = false
    private var isClosed = false
    /// Offsets marked by `store` that librdkafka does not have yet, and the time of the last transfer.
    var unstored: [TopicPartition: Int64] = [:]
    var lastStore = 0.0
    private var lastProbe = 0.0
    private let gaps: Counter?
    private let skippedOffsets: Counter?

    /// - Parameters:
    ///   - group: the consumer group, which keeps the committed offsets.
    ///   - excluding: topics that match any of these (`TopicFilter.exclusions`) are treated as if they did not exist.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is not an error here: see
    ///   `connection`.
    public convenience init(
        _ properties: KafkaProperties, group: String, excluding: [String] = [], hooks: KafkaHooks = KafkaHooks()
    ) throws(EFDError) {
        try self.init(properties, group: group, excluding: excluding, hooks: hooks, limits: FetchLimits())
    }

    init(
        _ properties: KafkaProperties, group: String, excluding: [String] = [], hooks: KafkaHooks = KafkaHooks(),
        limits: FetchLimits
    ) throws(EFDError) {
        var fixed = [("group.id", group)]
        if !excluding.isEmpty { fixed.append(("topic.blacklist", excluding.joined(separator: ","))) }
        self.group = group
        offsetReset = properties["auto.offset.reset"].flatMap { OffsetReset(property: $0) } ?? .earliest
        handle = try ClientHandle(.consumer, properties, fixed: fixed, hooks: hooks)
        reader = PartitionReader(FetchHandles(handle, properties, group: group), properties, limits)
        gaps = hooks.metrics?.counter(
            "efd_kafka_offset_gaps_total", "Times that the next offset was out of range at the broker.")
        skippedOffsets = hooks.metrics?.counter(
            "efd_kafka_skipped_offsets_total", "Offsets skipped because the broker no longer had them.")
        reader.events = self
        handle.context.pointee.rebalance = { [unowned self] code, partitions in self.rebalance(code, partitions) }
    }

    deinit { handle.context.pointee.rebalance = nil }

    public var connection: KafkaConnection { handle.observer.connection }

    /// Gives up the partitions (`onRevoked` runs) and leaves the group. Polled batches stay valid.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        storeNow()
        reader.handles.detach()
        rd_kafka_consumer_close(handle.raw)
    }

    /// The topic and partition of a run's `source`.
    public func partition(of source: Int) -> TopicPartition { reader.sources.partition(source) }
    /// The name of a run's `topic`.
    public func topicName(_ topic: Int) -> String { reader.sources.topicName(topic) }

    /// Waits at most `waitMilliseconds` for a record, then takes all available ones, at most `maxMessages`.
    ///
    /// Handlers run in here. Must be called more often than `max.poll.interval.ms`, paused or not, or the group gives
    /// the partitions to others.
    ///
    /// - Throws: errors that a person must resolve: `kafka.offsetLost`, `kafka.clientFatal`. The client recovers from
    ///   everything else by itself, see `connection`.
    public func poll(maxMessages: Int = 1000, waitMilliseconds: Int = 100) throws(EFDError) -> MessageBatch {
        storeIfDue()
        let batch = try reader.poll(maxMessages, waitMilliseconds: waitMilliseconds)
        if case .down = connection.status { probe() }
        return batch
    }

    /// No record shows that brokers are back if there is none to read: asks for the offsets of a partition now and
    /// then.
    private func probe() {
        let now = MonotonicClock.seconds()
        guard now - lastProbe > Self.probeInterval, let source = reader.planner.assigned.first else { return }
        lastProbe = now
        // librdkafka's query of watermarks ignores its timeout while the leader's broker is down, and blocks for a
        // minute; this one does not.
        let partition = reader.sources.partition(source)
        if (try? handle.offsets(of: [partition], at: .latest, seconds: Self.probePatience)) != nil {
            handle.observer.isAlive()
        }
    }

    /// Seconds between two requests of an answer while no broker answers, and of the wait for it.
    private static let probeInterval = 2.0
    private static let probePatience = 0.2
}

extension KafkaConsumer: PartitionEvents {
    func reachedEnd(_ partition: TopicPartition, at offset: Int64) { onPartitionEnd(partition, offset) }

    func failed(_ partition: TopicPartition?, _ code: KafkaErrorCode, _ detail: String) {
        if let partition { onPartitionFailed(partition, code) }
        handle.observer.failed(code, detail: partition.map { "\($0): \(detail)" } ?? detail)
        if case .failed(let error) = connection.status { reader.deferred = error }
    }

    func refused(_ partition: TopicPartition, offset: Int64, _ detail: String) {
        if verificationOffsets.removeValue(forKey: partition) == offset {
            return reader.restart(PartitionOffset(partition, offset + 1))
        }
        if let onOffsetRefused { return onOffsetRefused(partition, offset) }
        guard offsetReset != .error else {
            reader.deferred = EFDError(
                .kafkaOffsetLost,
                "Kafka at \(handle.servers): reading \(partition) in group \(group) at offset \(offset): \(detail)",
                remedy:
                    "Reset the group's offsets (kafka-consumer-groups.sh --reset-offsets), or set the property "
                    + "auto.offset.reset to earliest or latest"
            )
            return
        }
        let start = offsetReset == .earliest ? PartitionOffset.beginning : PartitionOffset.end
        reader.restart(PartitionOffset(partition, start), expected: offset >= 0 ? offset : nil)
    }

    func skipped(_ gap: OffsetGap) {
        gaps?.add()
        skippedOffsets?.add(Int(gap.skipped))
        handle.observer.hooks.log.error(
            gap.got < gap.expected
                ? "offsets restarted: the topic was recreated, or the broker has lost its end"
                : "records were deleted by the broker before they were read",
            [
                "partition": .text(gap.partition.description), "expected": .integer(Int(gap.expected)),
                "got": .integer(Int(gap.got)),
            ])
        onGap(gap)
    }
}
