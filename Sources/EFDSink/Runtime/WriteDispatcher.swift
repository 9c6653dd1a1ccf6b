import EFDAvro
import EFDCore
import EFDKafka

/// The reading thread's side of the writers: the open batch of each, a queue to each and one back, and the events of
/// their batches for the ledger.
final class WriteDispatcher {
    /// The destination of a partition's next row.
    private struct Cursor {
        /// Its batch, in the open write batch of the partition's writer; nil: none yet.
        var batch: TopicBatch?
        /// Rows of the previous batch, which estimate the next one.
        var rowsBefore = 0
        /// Index of the partition's progress in the open write batch; nil: none yet.
        var progress: Int?
    }

    /// The queue to each writer.
    let queues: [BoundedQueue<WriteBatch>]
    /// The queue from all writers.
    let finished: BoundedQueue<WriteBatch>
    private let limits: SinkLimits
    /// The open write batch of each writer.
    private var open: [WriteBatch]
    /// Number of write batches sent and not yet returned, by writer.
    private var inFlight: [Int]
    /// By the ledger's number of the partition.
    private var cursors: [Cursor] = []

    init(writers: Int, limits: SinkLimits) {
        self.limits = limits
        queues = (0..<writers).map { _ in BoundedQueue(capacity: SinkLimits.queuedBatches) }
        // Room for every batch there can be and a report, so that a writer never waits when it returns one.
        finished = BoundedQueue(capacity: writers * (SinkLimits.queuedBatches + 2))
        let now = MonotonicClock.nanoseconds()
        open = (0..<writers).map { WriteBatch(writer: $0, openedAt: now) }
        inFlight = Array(repeating: 0, count: writers)
    }

    var writers: Range<Int> { open.indices }
    var inFlightCount: Int { inFlight.reduce(0, +) }
    /// Whether rows wait or are in flight.
    var isBusy: Bool { inFlight.contains { $0 > 0 } || open.contains { !$0.isEmpty } }

    // MARK: Rows

    /// The batch for the partition's rows of a schema; nil: call `openBatch`.
    @inline(__always) func batch(_ state: AssignedPartition, _ schemaID: Int32) -> TopicBatch? {
        guard state.number < cursors.count, let batch = cursors[state.number].batch, batch.schemaID == schemaID else {
            return nil
        }
        return batch
    }

    func openBatch(_ state: AssignedPartition, _ schemaID: Int32, _ plan: AvroPlan) -> TopicBatch {
        let batch = TopicBatch(
            topic: state.partition.topic, partition: state.partition.partition, schemaID: schemaID, plan: plan,
            rows: state.number < cursors.count ? cursors[state.number].rowsBefore : 0)
        open[state.writer].batches.append(batch)
        withCursor(state.number) { $0.batch = batch }
        return batch
    }

    func add(_ letter: DeadLetter, to writer: Int) { open[writer].deadLetters.append(letter) }

    /// Adds a record, taken or rejected, to the progress of the open write batch.
    func advance(_ state: AssignedPartition, _ assignment: Int, past message: KafkaMessage) {
        let batch = open[state.writer]
        if batch.rowCount == 0 { batch.openedAt = MonotonicClock.nanoseconds() }
        batch.rowCount += 1
        batch.recordBytes += (message.key?.count ?? 0) + (message.value?.count ?? 0)
        if state.number < cursors.count, let progress = cursors[state.number].progress {
            batch.progress[progress].nextOffset = message.offset + 1
        } else {
            withCursor(state.number) { $0.progress = batch.progress.count }
            batch.progress.append(.init(state: state, assignment: assignment, nextOffset: message.offset + 1))
        }
    }

    /// Later rows of the partition belong to another assignment.
    func close(_ number: Int) {
        withCursor(number) { cursor in
            cursor.batch = nil
            cursor.progress = nil
        }
    }

    private func withCursor(_ number: Int, _ change: (inout Cursor) -> Void) {
        while cursors.count <= number { cursors.append(Cursor()) }
        change(&cursors[number])
    }

    // MARK: Write batches

    /// Sends the writer's batch if it is full. False if it is full and cannot be sent.
    func makeRoom(_ writer: Int, _ ledger: inout PartitionLedger) -> Bool {
        let batch = open[writer]
        let isFull = batch.rowCount >= limits.batchRows || batch.recordBytes >= limits.batchBytes
        // Decoded rows may be larger than their records: checks all columns at intervals.
        guard isFull || (batch.rowCount & 0xFF == 0xFF && batch.byteCount >= limits.batchBytes) else { return true }
        return send(writer, &ledger)
    }

    /// Sends the writer its batch and opens the next. False if the writer's queue is full.
    func send(_ writer: Int, _ ledger: inout PartitionLedger) -> Bool {
        let batch = open[writer]
        if batch.isEmpty { return true }
        // Read before it is sent: after that the writer owns the batch.
        let sent = batch.progress.map { ($0.state.number, $0.assignment) }
        for (number, _) in sent { cursors[number].rowsBefore = cursors[number].batch?.rowCount ?? 0 }
        guard queues[writer].tryPush(batch) == nil else { return false }
        inFlight[writer] += 1
        for (number, assignment) in sent {
            close(number)
            if ledger[number].assignment == assignment { ledger.sent(number) }
        }
        open[writer] = WriteBatch(writer: writer, openedAt: MonotonicClock.nanoseconds())
        return true
    }

    /// Sends batches whose rows have waited long enough: briefly if the writer is idle, longer if it is busy.
    func sendDue(_ ledger: inout PartitionLedger) {
        let now = MonotonicClock.nanoseconds()
        for (writer, batch) in open.enumerated() where !batch.isEmpty {
            let age = Double(now - batch.openedAt) / 1e9
            if age >= (inFlight[writer] == 0 ? limits.linger : limits.batchTime) { _ = send(writer, &ledger) }
        }
    }

    /// Asks the writer to flush all buffered rows. False if its queue is full.
    func sendFlush(_ writer: Int) -> Bool {
        guard queues[writer].tryPush(WriteBatch(writer: writer, kind: .flush)) == nil else { return false }
        inFlight[writer] += 1
        return true
    }

    /// The next batch that a writer has finished.
    func takeFinished(waitingAtMost seconds: Double) -> WriteBatch? {
        guard let batch = finished.pop(waitingAtMost: seconds) else { return nil }
        if batch.kind != .report { inFlight[batch.writer] -= 1 }
        return batch
    }

    /// The writers end when they have stored what was sent.
    func close() { for queue in queues { queue.close() } }
}
