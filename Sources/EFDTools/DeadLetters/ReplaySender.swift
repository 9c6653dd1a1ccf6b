import EFDCore
import EFDKafka

/// A letter on its way back. Valid as long as the batch of its message.
struct ReplayItem {
    let message: KafkaMessage
    let letter: LetterFacts
    let target: ReplayTarget
    /// Milliseconds since 1970; 0: now.
    let timestamp: Int64
}

/// Sends letters and the record of them in one transaction: after a kill either both are there or neither is.
final class ReplaySender {
    private let producer: TransactionalProducer
    private let progressTopic: String
    private let topic: String
    private let stop: StopToken

    /// Seconds to wait for the transaction coordinator or for acknowledgements.
    private static let patience = 60.0
    private static let attempts = 8

    /// Opens the producer, which ends an unfinished transaction of a former replay and fences one that still runs.
    ///
    /// - Parameter topic: the dead-letter topic: one replay at a time of each.
    init(_ reader: LetterReader, topic: String, progressTopic: String) throws(EFDError) {
        var properties = reader.properties
        // Only the cluster limits the record size.
        try properties.setIfAbsent("message.max.bytes", "1000000000")
        producer = try TransactionalProducer(properties, transactionalID: "efd.dlq.\(topic)", hooks: reader.hooks)
        (self.topic, self.progressTopic) = (topic, progressTopic)
        stop = reader.stop
        do throws(TransactionError) { try producer.open(seconds: Self.patience) } catch { throw failed(error) }
    }

    /// Sends the letters. Halves a batch that Kafka rejects until the letters are found that it rejects by themselves.
    ///
    /// - Parameter done: receives each letter: nil, or why it was rejected.
    func send(_ items: ArraySlice<ReplayItem>, done: (LetterFacts, EFDError?) -> Void) throws(EFDError) {
        if items.isEmpty { return }
        var backoff = Backoff(base: 0.1, cap: 10)
        while true {
            let failure: TransactionError
            do throws(TransactionError) {
                try transaction(items)
                for item in items { done(item.letter, nil) }
                return
            } catch {
                failure = error
            }
            guard case .abortable(let cause) = failure else { throw failed(failure) }
            do throws(TransactionError) { try producer.abort(seconds: Self.patience) } catch { throw failed(error) }
            if cause.isRetriable {
                guard backoff.attempt < Self.attempts, !stop.wait(seconds: backoff.next()) else {
                    throw failed(failure)
                }
                continue
            }
            if items.count == 1 { return done(items[items.startIndex].letter, cause) }
            let middle = items.startIndex + items.count / 2
            try send(items[..<middle], done: done)
            return try send(items[middle...], done: done)
        }
    }

    private func transaction(_ items: ArraySlice<ReplayItem>) throws(TransactionError) {
        try producer.begin()
        for item in items { try produce(item) }
        try produce(ReplayProgress.record(items.map(\.letter)))
        try producer.commit(seconds: Self.patience)
    }

    private func produce(_ item: ReplayItem) throws(TransactionError) {
        let headers = KafkaHeaderList()
        if let given = item.message.headers {
            for header in given where !DeadLetterHeaders.isOwn(header.name) { headers.add(header.name, header.value) }
        }
        for header in item.target.headers { header.add(to: headers) }
        try produce(
            item.target.topic,
            KafkaRecord(
                key: item.message.key, value: item.message.value, timestamp: item.timestamp,
                partition: item.target.partition, headers: headers.view))
    }

    private func produce(_ progress: [UInt8]) throws(TransactionError) {
        let result = progress.withUnsafeBytes { bytes in
            Result { () throws(TransactionError) in
                try produce(progressTopic, KafkaRecord(value: bytes, partition: 0))
            }
        }
        try result.get()
    }

    private func produce(_ topic: String, _ record: KafkaRecord) throws(TransactionError) {
        let handle: KafkaTopicHandle
        do throws(EFDError) { handle = try producer.topic(topic) } catch { throw .fatal(error) }
        let result = withUnsafePointer(to: record) { pointer in
            Result { () throws(TransactionError) in
                try producer.produce(handle, UnsafeBufferPointer(start: pointer, count: 1))
            }
        }
        try result.get()
    }

    private func failed(_ failure: TransactionError) -> EFDError {
        if case .fenced = failure {
            return EFDError(
                .dlqReplayFenced, "another replay of \(topic) has started, which continues where this one ends",
                remedy: "Let it finish.")
        }
        let error = failure.error
        return EFDError(
            error.code, error.message,
            remedy: (error.remedy.isEmpty ? "" : error.remedy + ". ")
                + "Then run the same command again: it continues with the letters that were not replayed.",
            recovery: error.recovery)
    }
}
