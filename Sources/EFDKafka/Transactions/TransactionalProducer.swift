import EFDCore

/// Sends records in transactions that can include the offsets of the consumer group whose records they derive from:
/// readers of committed records see both or neither.
///
///     open ── begin ── produce … ── sendOffsets ── commit ── begin …
///                                              └── abort ──┘
///
/// Not thread-safe; owned by one thread at a time. `TransactionError` documents which calls may follow an error.
/// Released with an open transaction, it purges undelivered records; the transaction stays open until the next producer
/// with the same transactional id opens, or its timeout ends it.
public final class TransactionalProducer: Sendable {
    private let producer: KafkaProducer
    private let transactions: Transactions
    /// Why the first undelivered record of the open transaction failed.
    private let failure: Locked<KafkaErrorCode?>
    /// A call reported that the open transaction can only be aborted: its further records are not sent.
    private let mustAbort = Locked(false)

    /// Seconds that an abort waits for records in flight.
    private static let abortPatience = 5.0

    /// - Parameter transactionalID: of several producers with the same id the newest survives.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is not an error here.
    public init(_ properties: KafkaProperties, transactionalID: String, hooks: KafkaHooks = KafkaHooks())
        throws(EFDError)
    {
        let failure = Locked<KafkaErrorCode?>(nil)
        var properties = properties
        // The open transaction of a dead producer delays readers for this long.
        try properties.setIfAbsent("transaction.timeout.ms", "60000")
        try properties.setIfAbsent("delivery.timeout.ms", "60000")
        producer = try KafkaProducer(properties, transactionalID: transactionalID, hooks: hooks) { reports in
            for report in reports where report.error.isError { failure.withLock { $0 = $0 ?? report.error } }
        }
        self.failure = failure
        transactions = Transactions(handle: producer.handle)
    }

    public var connection: KafkaConnection { producer.connection }

    /// Aborts the open transaction of a predecessor with the same transactional id, and fences it. Call it first, once.
    public func open(seconds: Double) throws(TransactionError) { try transactions.initialize(seconds: seconds) }

    /// The handle of a topic; valid as long as the producer.
    public func topic(_ name: String) throws(EFDError) -> KafkaTopicHandle { try producer.topic(name) }

    public func begin() throws(TransactionError) {
        failure.withLock { $0 = nil }
        mustAbort.withLock { $0 = false }
        try transactions.begin()
    }

    /// Queues copies of records in order. Blocks while the bound on data in flight is reached.
    public func produce(_ topic: KafkaTopicHandle, _ records: UnsafeBufferPointer<KafkaRecord>)
        throws(TransactionError)
    {
        var next = 0
        while next < records.count {
            let (queued, outcome) = producer.produce(topic, UnsafeBufferPointer(rebasing: records[next...]))
            next += queued
            switch outcome {
            case .queued: break
            // Deliveries, or their timeouts, free capacity.
            case .queueFull: MonotonicClock.sleep(seconds: 0.002)
            case .failed(let code): throw noted(refused(code, topic.name))
            }
        }
    }

    /// Adds offsets (of the next records to read) of the consumed group to the transaction.
    ///
    /// - Parameter group: the consumer's current membership: after a rebalance the broker rejects an older one, and the
    ///   error is `.abortable`.
    public func sendOffsets(_ offsets: [PartitionOffset], _ group: ConsumerGroupMetadata, seconds: Double)
        throws(TransactionError)
    {
        do throws(TransactionError) { try transactions.sendOffsets(offsets, group, seconds: seconds) } catch {
            throw noted(error)
        }
    }

    /// Waits for the acknowledgement of every record, then makes them and the offsets visible.
    ///
    /// After `.retriable` call it again. After any other error except `.abortable` only the cluster knows the outcome:
    /// resume at the committed offsets of the group.
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

    /// Discards the records and offsets of the open transaction. The consumer must seek back to the committed offsets.
    public func abort(seconds: Double) throws(TransactionError) {
        // While the end of the transaction before is being written, the broker adds no partition to this one.
        // librdkafka would ask it to end a transaction that it does not know, and the refusal (INVALID_TXN_STATE) is
        // fatal. Once its records are acknowledged, the broker knows it.
        let isKnown = mustAbort.withLock { $0 } || failure.withLock { $0 != nil }
        if !isKnown { _ = producer.flush(seconds: min(seconds, Self.abortPatience)) }
        try transactions.abort(seconds: seconds)
        // Reports of discarded records must not count for the next transaction.
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
