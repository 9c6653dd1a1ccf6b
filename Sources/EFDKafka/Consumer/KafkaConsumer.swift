import CRdKafka
import CRdKafkaShim
import EFDCore

/// Reads records for one member of a consumer group.
///
/// One thread owns a consumer: it makes every call, and the handlers below run on it, inside `poll` or `close`. Offsets
/// are committed only for records that the owner said are done with, by `store`.
public final class KafkaConsumer {
    /// Partitions that this member now has. Returns where to begin in those that should not begin at the committed
    /// offset.
    public var onAssigned: ([TopicPartition]) -> [PartitionOffset] = { _ in [] }
    /// Partitions that this member is about to give up: the last moment to flush and commit. With `lost` they are
    /// another member's already, and a commit is refused. Records of these partitions that were polled but not handed
    /// out are dropped.
    public var onRevoked: (_ partitions: [TopicPartition], _ lost: Bool) -> Void = { _, _ in }
    /// Records that the broker had no longer: told when the first record after them arrives.
    public var onGap: (OffsetGap) -> Void = { _ in }
    /// Offsets of records that are read only to be recognized, before what is due: where the broker has one no more,
    /// reading begins behind it, and nothing is lost.
    public var verificationOffsets: [TopicPartition: Int64] = [:]
    /// The end of a partition was reached at that offset. Only with the property `enable.partition.eof=true`. The
    /// records before it may still be in the batch that the same poll returns.
    public var onPartitionEnd: (TopicPartition, Int64) -> Void = { _, _ in }

    /// Takes over where the broker has not the offset that is due: the partition stands still until it is released and
    /// taken anew. nil: reading goes on as `offsetReset` says.
    public var onOffsetRefused: ((TopicPartition, Int64) -> Void)?
    /// A partition cannot be read now; the client goes on trying.
    public var onPartitionFailed: (TopicPartition, KafkaErrorCode) -> Void = { _, _ in }

    public let group: String
    public let offsetReset: OffsetReset

    let handle: ClientHandle
    private let queue: OpaquePointer
    var sources = SourceTable()
    var gathering = PollBuffer()
    /// Partitions whose reading goes on after a refused offset, with the offset that was due.
    var awaitingReset: [TopicPartition: Int64] = [:]
    /// Where to begin anew, gathered during a poll.
    var resets: [PartitionOffset] = []
    /// An error that came with records: the next poll throws it.
    var deferred: EFDError?
    /// `onRevoked` runs, for partitions that are still ours.
    var isRevoking = false
    private var isClosed = false
    /// Bytes of keys and values polled since broker threads were woken, and after how many they are; nil: they look
    /// round by themselves.
    var bytesTaken = 0
    private let wakeBytes: Int?
    private let gaps: Counter?
    private let skipped: Counter?

    /// - Parameters:
    ///   - group: the consumer group, which keeps the committed offsets.
    ///   - excluding: topics that match any of these (`TopicFilter.exclusions`) are treated as if they did not exist.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is not an error here: see
    ///   `connection`.
    public init(
        _ properties: KafkaProperties, group: String, excluding: [String] = [], hooks: KafkaHooks = KafkaHooks()
    ) throws(EFDError) {
        var fixed = [("group.id", group)]
        if !excluding.isEmpty { fixed.append(("topic.blacklist", excluding.joined(separator: ","))) }
        self.group = group
        let queueKilobytes =
            properties["queued.max.messages.kbytes"].flatMap { Int($0) } ?? ClientRole.fetchQueueKilobytes
        wakeBytes = ClientRole.hasQueueBackoff ? nil : queueKilobytes * 1024 / 4
        offsetReset = properties["auto.offset.reset"].flatMap { OffsetReset(property: $0) } ?? .earliest
        handle = try ClientHandle(.consumer, properties, fixed: fixed, hooks: hooks)
        rd_kafka_poll_set_consumer(handle.raw)
        queue = rd_kafka_queue_get_consumer(handle.raw)
        gaps = hooks.metrics?.counter(
            "efd_kafka_offset_gaps_total", "Times that the broker had no longer the record that was due.")
        skipped = hooks.metrics?.counter(
            "efd_kafka_skipped_offsets_total", "Offsets skipped because the broker had them no longer.")
        handle.context.pointee.rebalance = { [unowned self] code, partitions in self.rebalance(code, partitions) }
    }

    deinit {
        handle.context.pointee.rebalance = nil
        rd_kafka_queue_destroy(queue)
    }

    public var connection: KafkaConnection { handle.observer.connection }

    /// Gives the partitions up (`onRevoked` runs) and leaves the group. Batches that were polled stay valid.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        rd_kafka_consumer_close(handle.raw)
    }

    /// The topic and partition that a run's `source` stands for.
    public func partition(of source: Int) -> TopicPartition { sources.partition(source) }
    /// The name that a run's `topic` stands for.
    public func topicName(_ topic: Int) -> String { sources.topicName(topic) }

    /// Waits at most `waitMilliseconds` for a record, then takes what else is there, at most `maxMessages`.
    ///
    /// Handlers run in here. Must be called more often than `max.poll.interval.ms`, paused or not, or the group gives
    /// the partitions to others.
    ///
    /// - Throws: what a person must mend: `kafka.offsetLost`, `kafka.clientFatal`. Everything else the client mends
    ///   itself, see `connection`.
    public func poll(maxMessages: Int = 1000, waitMilliseconds: Int = 100) throws(EFDError) -> MessageBatch {
        if let error = deferred {
            deferred = nil
            throw error
        }
        gathering.begin(maxMessages)
        var count = max(0, rd_kafka_consume_batch_queue(queue, Int32(clamping: waitMilliseconds), gathering.slots, 1))
        // The batch call waits its whole time unless the batch fills up: ask for the rest without waiting.
        if count == 1 && maxMessages > 1 {
            count += max(0, rd_kafka_consume_batch_queue(queue, 0, gathering.slots + 1, maxMessages - 1))
        }
        let batch = sift(count)
        keepFetching()
        if batch.isEmpty, let error = deferred {
            deferred = nil
            throw error
        }
        return batch
    }

    /// A client that found its fetch queue full sleeps for a second, in which a fast reader runs it dry: it is told
    /// each time that a quarter was taken.
    private func keepFetching() {
        guard let wakeBytes, bytesTaken >= wakeBytes else { return }
        bytesTaken = 0
        rdkafka_wake_brokers(handle.raw)
    }

    func tell(_ gap: OffsetGap) {
        gaps?.add()
        skipped?.add(Int(gap.skipped))
        handle.observer.hooks.log.error(
            gap.got < gap.expected
                ? "offsets begin anew: the topic was made anew, or the broker has lost its end"
                : "records were deleted by the broker before they were read",
            [
                "partition": .text(gap.partition.description), "expected": .integer(Int(gap.expected)),
                "got": .integer(Int(gap.got)),
            ])
        onGap(gap)
    }
}
