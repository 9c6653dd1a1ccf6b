import EFDCore

/// Sends records in transactions that can carry the offsets of the consumer group that the records were made from:
/// readers of committed records see both or neither.
///
///     open ── begin ── produce … ── sendOffsets ── commit ── begin …
///                                              └── abort ──┘
///
/// One thread at a time uses it. What the error of a call allows stands at `TransactionError`. Released with a
/// transaction open, it gives up on records that are not delivered; the transaction stays open until the next producer
/// of the same transactional id opens, or its timeout ends it.
public final class TransactionalProducer: Sendable {
    private let producer: KafkaProducer
    private let transactions: Transactions
    /// Why the first record of the transaction under way was not delivered.
    private let failure: Locked<KafkaErrorCode?>
    /// A call said that the transaction under way can only be aborted: its records are sent no more.
    private let mustAbort = Locked(false)

    /// Seconds that an abort waits for records under way.
    private static let abortPatience = 5.0

    /// - Parameter transactionalID: names the work: of several producers with the same id the newest goes on.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is no error here.
    public init(_ properties: KafkaProperties, transactionalID: String, hooks: KafkaHooks = KafkaHooks())
        throws(EFDError)
    {
        let failure = Locked<KafkaErrorCode?>(nil)
        var properties = properties
        // A transaction that a dead producer left open delays its readers for so long.
        try properties.setIfAbsent("transaction.timeout.ms", "60000")
        try properties.setIfAbsent("delivery.timeout.ms", "60000")
        producer = try KafkaProducer(properties, transactionalID: transactionalID, hooks: hooks) { reports in
            for report in reports where report.error.isError { failure.withLock { $0 = $0 ?? report.error } }
        }
        self.failure = failure
        transactions = Transactions(handle: producer.handle)
    }

    public var connection: KafkaConnection { producer.connection }

    /// Aborts what a predecessor of the same transactional id left open, and fences it off. The first call, once.
    public func open(seconds: Double) throws(TransactionError) { try transactions.initialize(seconds: seconds) }

    /// The handle of a topic; valid as long as the producer.
    public func topic(_ name: String) throws(EFDError) -> KafkaTopicHandle { try producer.topic(name) }

    public func begin() throws(TransactionError) {
        failure.withLock { $0 = nil }
        mustAbort.withLock { $0 = false }
        try transactions.begin()
    }

    /// Queues records in order, copying them. Waits while the bound on what is in flight is reached.
    public func produce(_ topic: KafkaTopicHandle, _ records: UnsafeBufferPointer<KafkaRecord>)
        throws(TransactionError)
    {
        var next = 0
        while next < records.count {
            let (queued, outcome) = producer.produce(topic, UnsafeBufferPointer(rebasing: records[next...]))
            next += queued
            switch outcome {
            case .queued: break
            // Deliveries, or their timeouts, make room.
            case .queueFull: MonotonicClock.sleep(seconds: 0.002)
            case .failed(let code): throw noted(refused(code, topic.name))
            }
        }
    }

    /// Has the transaction commit offsets (of the next records to read) of the group whose records it was made from.
    ///
    /// - Parameter group: as the consumer is a member now: taken earlier, the broker refuses it after a rebalance, and
    ///   the error is `.abortable`.
    public func sendOffsets(_ offsets: [PartitionOffset], _ group: ConsumerGroupMetadata, seconds: Double)
        throws(TransactionError)
    {
        do throws(TransactionError) { try transactions.sendOffsets(offsets, group, seconds: seconds) } catch {
            throw noted(error)
        }
    }

    /// Waits for the acknowledgement of every record, then makes them and the offsets visible.
    ///
    /// After `.retriable` call it again. After any other error but `.abortable` only the cluster knows the outcome: the
    /// committed offsets of the group tell where to go on.
    public func commit(seconds: Double) throws(TransactionError) {
        let deadline = MonotonicClock.seconds() + seconds
        guard producer.flush(seconds: seconds) else {
            let error = KafkaErrorCode.timedOut.error(
                attempting: "waiting for acknowledgements", on: producer.handle.servers)
            throw .retriable(error)
        }
        if let code = failure.withLock({ $0 }) { throw noted(refused(code, "a topic of the transaction")) }
        do throws(TransactionError) {
            try transactions.commit(seconds: max(0, deadline - MonotonicClock.seconds()))
        } catch {
            throw noted(error)
        }
    }

    /// Drops the records and offsets of the transaction under way. The consumer must go back to the committed offsets.
    public func abort(seconds: Double) throws(TransactionError) {
        // While the end of the transaction before is being written, the broker adds no partition to this one.
        // librdkafka would ask it to end a transaction that it does not know, and the refusal (INVALID_TXN_STATE) is
        // fatal. Once its records are acknowledged, the broker knows it.
        let isKnown = mustAbort.withLock { $0 } || failure.withLock { $0 != nil }
        if !isKnown { _ = producer.flush(seconds: min(seconds, Self.abortPatience)) }
        try transactions.abort(seconds: seconds)
        // Reports of the records that it dropped must not count for the next transaction.
        _ = producer.flush(seconds: seconds)
    }

    private func noted(_ error: TransactionError) -> TransactionError {
        if case .abortable = error { mustAbort.withLock { $0 = true } }
        return error
    }

    private func refused(_ code: KafkaErrorCode, _ topic: String) -> TransactionError {
        TransactionError(record: code, attempting: "writing to \(topic)", by: producer.handle)
    }
}
