import EFDAvro
import EFDCore
import EFDKafka

/// One writer thread: writes one batch after the other, retries, sends dead letters, returns batches.
final class WriterLoop: @unchecked Sendable {  // owned by its thread once `run` is called
    let index: Int
    let writer: any SinkWriter
    let sinkName: String
    let buffersRows: Bool
    private let queue: BoundedQueue<WriteBatch>
    let finished: BoundedQueue<WriteBatch>
    private let deadLetters: DeadLetterQueue
    let metrics: SinkMetrics
    let scope: Scope
    /// Prepared schemas of topics.
    private var prepared: Set<PreparedKey> = []
    /// Refused partitions, by the assignment under which their rows were read: later rows must not be stored.
    private var refused: [TopicPartition: Int] = [:]
    /// For a sink that buffers rows: the partitions whose rows it may still buffer.
    var buffered: [TopicPartition: BufferedPartition] = [:]
    /// For a sink that buffers rows: the assignment of each partition's last rows.
    var assignments: [TopicPartition: Int] = [:]
    var lastFlush = MonotonicClock.seconds()
    /// A batch was given up, at a stop or since the writer is fenced: rows that follow must not be stored before it.
    private var hasGivenUp = false
    /// Another process has the partitions: the writer is not called any more.
    var isFenced = false
    /// Why the connector fails.
    let fatal: Locked<EFDError?>

    private struct PreparedKey: Hashable {
        let topic: String
        let schemaID: Int32
    }

    /// The rows of a partition that a writer with a buffering sink received.
    struct BufferedPartition {
        let state: AssignedPartition
        let assignment: Int
        /// The first row that was reported as buffered.
        var reported: Int64?
    }

    /// - Parameters:
    ///   - queue: of batches for this writer; it ends when the queue is closed and drained.
    ///   - finished: of batches that it returns.
    ///   - fatal: receives the error if the connector fails; the stop of its scope then ends it.
    init(
        index: Int, writer: any SinkWriter, sink: any Sink, queue: BoundedQueue<WriteBatch>,
        finished: BoundedQueue<WriteBatch>, deadLetters: DeadLetterQueue, metrics: SinkMetrics, scope: Scope,
        fatal: Locked<EFDError?> = Locked(nil)
    ) {
        self.index = index
        self.writer = writer
        sinkName = sink.name
        buffersRows = sink.capabilities.buffersRows
        self.queue = queue
        self.finished = finished
        self.deadLetters = deadLetters
        self.metrics = metrics
        self.scope = scope
        self.fatal = fatal
    }

    func run() {
        defer { deadLetters.close() }
        while true {
            if let batch = queue.pop(waitingAtMost: SinkLimits.flushInterval) {
                batch.isStored = store(batch)
                finished.push(batch)
                if buffersRows, MonotonicClock.seconds() - lastFlush >= SinkLimits.flushInterval { flushDue() }
            } else if queue.isDrained {
                return
            } else if buffersRows {
                flushDue()
            }
        }
    }

    /// False when the connector stops before the batch is stored; it will be read again, and all that follow it.
    private func store(_ batch: WriteBatch) -> Bool {
        if isFenced || (hasGivenUp && batch.kind == .records) { return false }
        let isStored = tryToStore(batch)
        if !isStored { hasGivenUp = true }
        return isStored
    }

    private func tryToStore(_ batch: WriteBatch) -> Bool {
        discardStale(beside: batch)
        leaveOutRefused(of: batch)
        // Before the rows: a record that cannot be dead-lettered stops its partition there.
        guard send(batch.deadLetters, of: batch) else { return false }
        guard prepare(batch), let rejections = batch.batches.isEmpty ? [] : write(batch) else { return false }
        let letters = rejections.map { rejection in
            let rows = batch.batches[rejection.batch]
            return DeadLetter(
                topic: rows.topic, partition: rows.partition, offset: rows.offsets[rejection.row],
                timestamp: rows.timestamp(rejection.row), stage: .writing, reason: rejection.reason,
                records: rows.records, row: rejection.row)
        }
        count(batch, rejections)
        guard send(letters, of: batch) else { return false }
        if buffersRows {
            take(batch)
            if batch.kind == .flush, !flush(all: true) { return false }
            batch.buffered = report(with: batch)
        }
        return true
    }

    /// Records how many rows of each partition are stored or buffered, and when they were sent.
    private func count(_ batch: WriteBatch, _ rejections: [Rejection]) {
        if batch.batches.isEmpty { return }
        var rows = batch.batches.map(\.rowCount)
        metrics.writeRows.observe(Double(rows.reduce(0, +)))
        for rejection in rejections { rows[rejection.batch] -= 1 }
        for (index, part) in batch.batches.enumerated() {
            guard let progress = batch.progress(of: TopicPartition(part.topic, part.partition)) else { continue }
            batch.progress[progress].rows += rows[index]
            if batch.progress[progress].stamp.isNaN {
                batch.progress[progress].stamp = part.columns.float64("private_efdStamp")?.first ?? .nan
            }
        }
        if !buffersRows { observeLatency(of: batch.batches) }
    }

    /// From SAL's `private_efdStamp`, the sender's timestamp in UTC seconds, to now.
    private func observeLatency(of batches: [TopicBatch]) {
        let now = WallClock.seconds()
        for batch in batches {
            guard let stamps = batch.columns.float64("private_efdStamp") else { continue }
            metrics.latency.observe(stamps.lazy.filter(\.isFinite).map { max(0, now - $0) })
        }
    }

    // MARK: Writing

    /// Prepares each schema of a topic before its first batch; false if the connector stops meanwhile.
    private func prepare(_ batch: WriteBatch) -> Bool {
        for part in batch.batches {
            let key = PreparedKey(topic: part.topic, schemaID: part.schemaID)
            if prepared.contains(key) { continue }
            var backoff = Backoff(base: 0.1, cap: 30)
            while !prepared.contains(key) {
                switch writer.prepare(topic: part.topic, schemaID: part.schemaID, plan: part.plan) {
                case .prepared: prepared.insert(key)
                case .failed(let error, let delay): if !outlast(error, delay, &backoff) { return false }
                case .refused(let reason):
                    for (index, other) in batch.batches.enumerated() where other.topic == part.topic {
                        refuse(Refusal(batch: index, reason: reason), of: batch)
                    }
                    leaveOutRefused(of: batch)
                    return prepare(batch)
                }
            }
        }
        return true
    }

    /// Writes until it succeeds, without the rows of refused partitions; nil if the connector stops.
    private func write(_ batch: WriteBatch) -> [Rejection]? {
        var backoff = Backoff(base: 0.1, cap: 30)
        while !batch.batches.isEmpty {
            let start = MonotonicClock.seconds()
            let outcome = writer.write(batch.batches)
            metrics.writeSeconds.observe(MonotonicClock.seconds() - start)
            switch outcome {
            case .written(let rejections):
                succeeded(backoff)
                return rejections
            case .refused(let refusals):
                for refusal in refusals { refuse(refusal, of: batch) }
                leaveOutRefused(of: batch)
            case .failed(let error, let delay): if !outlast(error, delay, &backoff) { return nil }
            case .fenced(let error):
                fail(error)
                return nil
            }
        }
        return []
    }

    private func refuse(_ refusal: Refusal, of batch: WriteBatch) {
        let part = batch.batches[refusal.batch]
        guard let offset = part.offsets.first else { return }
        refuse(TopicPartition(part.topic, part.partition), at: offset, refusal.reason, of: batch)
    }

    private func refuse(_ partition: TopicPartition, at offset: Int64, _ reason: EFDError, of batch: WriteBatch) {
        guard refused[partition] == nil, let index = batch.progress(of: partition) else { return }
        let progress = batch.progress[index]
        refused[partition] = progress.assignment
        batch.refused.append(
            .init(state: progress.state, assignment: progress.assignment, offset: offset, reason: reason))
    }

    private func leaveOutRefused(of batch: WriteBatch) {
        if refused.isEmpty { return }
        for progress in batch.progress {
            let partition = progress.state.partition
            guard let assignment = refused[partition] else { continue }
            if assignment == progress.assignment { batch.leaveOut(partition) } else { refused[partition] = nil }
        }
    }

    /// Sends dead letters. Excludes a partition whose dead letter the topic rejects; false if the connector stops.
    private func send(_ letters: [DeadLetter], of batch: WriteBatch) -> Bool {
        if letters.isEmpty { return true }
        var failures: [Int: EFDError] = [:]
        switch deadLetters.send(letters) {
        case .stopped: return false
        case .sent: break
        case .refused(let found): failures = found
        }
        for (index, letter) in letters.enumerated() {
            if let reason = failures[index] {
                refuse(TopicPartition(letter.topic, letter.partition), at: letter.offset, reason, of: batch)
            } else {
                metrics.countRejected(letter)
            }
        }
        leaveOutRefused(of: batch)
        return true
    }

    // MARK: Failures

    func succeeded(_ backoff: Backoff) {
        if backoff.attempt > 0 { scope.log.info("writing has recovered", ["sink": .text(sinkName)]) }
        scope.health.set(sinkName, isMet: true, "records are stored")
    }

    /// Reports the error and waits; false if the connector stops.
    func outlast(_ error: EFDError, _ delay: Double?, _ backoff: inout Backoff) -> Bool {
        // Reports a fault that a person must resolve immediately, and a retriable one only if it lasts.
        if !error.isRetriable || backoff.attempt >= 2 {
            scope.health.set(sinkName, isMet: false, error.description)
        }
        scope.log.warning("records cannot be stored, retrying", error)
        metrics.retries.add()
        return !scope.stop.wait(seconds: max(backoff.next(), min(delay ?? 0, SinkLimits.longestRetryAfter)))
    }

    /// The connector fails: another process owns its partitions.
    func fail(_ error: EFDError) {
        isFenced = true
        fatal.withLock { $0 = $0 ?? error }
        scope.stop.stop()
    }
}
