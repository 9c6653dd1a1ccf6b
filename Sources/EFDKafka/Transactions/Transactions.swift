import CRdKafka
import EFDCore

/// The calls of Kafka's transactions on a client with a transactional id. One thread at a time.
struct Transactions: Sendable {
    let handle: ClientHandle

    /// Aborts the open transaction of a predecessor with the same transactional id, and fences it. Waits for the
    /// coordinator.
    func initialize(seconds: Double) throws(TransactionError) {
        try repeating("opening transactions", seconds) { rd_kafka_init_transactions(handle.raw, $0) }
    }

    func begin() throws(TransactionError) {
        let error = rd_kafka_begin_transaction(handle.raw)
        if let error = TransactionError(taking: error, attempting: "beginning a transaction", by: handle) {
            throw error
        }
    }

    /// Adds these offsets (of the next records to read) of the consumer group to the transaction.
    func sendOffsets(_ offsets: [PartitionOffset], _ group: ConsumerGroupMetadata, seconds: Double)
        throws(TransactionError)
    {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try repeating("sending offsets to a transaction", seconds) { milliseconds in
            list.with { rd_kafka_send_offsets_to_transaction(handle.raw, $0, group.raw, milliseconds) }
        }
    }

    func commit(seconds: Double) throws(TransactionError) {
        try repeating("committing a transaction", seconds) { rd_kafka_commit_transaction(handle.raw, $0) }
    }

    func abort(seconds: Double) throws(TransactionError) {
        try repeating("aborting a transaction", seconds) { rd_kafka_abort_transaction(handle.raw, $0) }
    }

    /// librdkafka's calls can be resumed: after a timeout it continues in the background.
    private func repeating(
        _ attempt: String, _ seconds: Double, _ call: (_ milliseconds: Int32) -> OpaquePointer?
    ) throws(TransactionError) {
        let deadline = MonotonicClock.seconds() + seconds
        while true {
            let left = max(0.1, deadline - MonotonicClock.seconds())
            let raw = call(Int32(clamping: Int(left * 1000)))
            guard let error = TransactionError(taking: raw, attempting: attempt, by: handle) else { return }
            guard case .retriable = error, MonotonicClock.seconds() < deadline else { throw error }
            MonotonicClock.sleep(seconds: 0.05)
        }
    }
}
