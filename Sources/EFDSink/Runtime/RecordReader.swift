import EFDAvro
import EFDCore
import EFDKafka

/// The reading thread's work on records: decode, gather in writeBatches, hand to writers, keep account of what is stored.
///
/// It alone touches the consumer. See `RecordReader+Loop.swift` for when, `RecordReader+Group.swift` for rebalances.
final class RecordReader {
    let consumer: KafkaConsumer
    let board: WriterQueues
    let sink: any Sink
    private let keepsRecords: Bool
    let limits: SinkLimits
    let metrics: SinkMetrics
    let health: Health
    let log: Log
    let stop: StopToken

    var schemas: PlanCache
    /// By the consumer's number of the partition.
    private var slots: [PartitionState?] = []
    var slotOf: [TopicPartition: PartitionState] = [:]
    /// Where partitions go on of which no record has come yet.
    var beginnings: [TopicPartition: SinkPosition] = [:]
    /// The writeBatch that fills for each writer.
    var open: [WriteBatch]
    /// Parcels sent and not yet handed back, by writer.
    var inFlight: [Int]
    /// What was read and could not yet be taken, while the reader is stalled.
    var held: StalledBatch?
    /// What ended the work of a callback, to be thrown by the loop.
    var failure: EFDError?
    var lastMeasure = MonotonicClock.seconds()
    var lagPace = AdaptiveInterval(interval: SinkLimits.measureInterval)
    var lastParkedLook = MonotonicClock.seconds()

    init(
        consumer: KafkaConsumer, board: WriterQueues, sink: any Sink, schemas: PlanCache, writers: Int,
        limits: SinkLimits, metrics: SinkMetrics,
        context: ProgramContext
    ) {
        self.consumer = consumer
        self.board = board
        self.sink = sink
        keepsRecords = sink.rejectsRows
        self.schemas = schemas
        self.limits = limits
        self.metrics = metrics
        health = context.health
        log = context.log
        stop = context.stop
        let now = MonotonicClock.nanoseconds()
        open = (0..<writers).map { WriteBatch(writer: $0, openedAt: now) }
        inFlight = Array(repeating: 0, count: writers)
    }

    // MARK: Taking records in

    /// Why the reader cannot go on just now.
    enum Stall {
        /// A writer has as much as it may hold.
        case destination
        /// The registry cannot be asked for a schema.
        case registry(EFDError)
    }

    /// Takes the records of a batch from message `start` on. Returns the message it must stop at, and why; nil: all are
    /// taken.
    func take(_ batch: borrowing MessageBatch, from start: Int, leavingOut dropped: Set<Int>) -> (
        message: Int, stall: Stall
    )? {
        for run in batch.runs where run.messages.upperBound > start && !dropped.contains(run.source) {
            let messages = max(start, run.messages.lowerBound)..<run.messages.upperBound
            if let halt = take(batch, run.source, messages) { return halt }
        }
        return nil
    }

    private func take(_ batch: borrowing MessageBatch, _ source: Int, _ messages: Range<Int>) -> (
        message: Int, stall: Stall
    )? {
        let slot = slot(source)
        guard slot.isAssigned, slot.parked == nil else { return nil }
        var received = 0
        var bytes = 0
        defer {
            // What is read again later is a repetition, and no longer compared.
            if received > 0 { slot.beginning = nil }
            slot.metrics.received.add(received)
            metrics.receivedBytes.add(bytes)
        }
        for index in messages {
            let message = batch[index]
            guard message.offset >= slot.nextOffset else {
                // Before what is due only the record that was stored last was asked for.
                if let due = slot.beginning {
                    guard message.offset == due.offset - 1, let stamp = due.timestampBefore, message.timestamp == stamp
                    else {
                        park(slot, at: message.offset, madeAnew(slot, message))
                        return nil
                    }
                } else {
                    metrics.duplicates.add()
                }
                continue
            }
            if let stall = take(message, slot) { return (index, stall) }
            received += 1
            bytes += message.value?.count ?? 0
        }
        return nil
    }

    private func madeAnew(_ slot: PartitionState, _ message: KafkaMessage) -> EFDError {
        EFDError(
            "sink.topicMadeAnew",
            "\(slot.place): Kafka's record at offset \(message.offset) is not the one that was stored, so the topic "
                + "was deleted and made anew",
            remedy:
                "Move what is stored of the topic to another output: what Kafka has is stored then, from its first "
                + "record on."
        )
    }

    /// Takes one record into the open writeBatch of its writer.
    private func take(_ message: KafkaMessage, _ slot: PartitionState) -> Stall? {
        guard makeRoom(slot.writer) else { return .destination }
        guard let value = message.value else {
            let remedy = "A tombstone holds no data to store."
            reject(
                message, slot,
                EFDError("sink.valueMissing", "the record has no value", remedy: remedy, recovery: .reject))
            return nil
        }
        do throws(AvroFault) {
            let frame = try ConfluentFrame.parse(value)
            if slot.open?.schemaID != frame.schemaID, let stall = openBatch(message, slot, frame.schemaID) {
                return stall
            }
            guard let batch = slot.open else { return nil }  // openBatch rejected the record
            try batch.append(frame.payload, offset: message.offset, timestamp: message.timestamp)
            if keepsRecords { batch.records.append(message) }
            advance(slot, past: message)
        } catch {
            if error.isBatchFull {
                // The columns hold all they can: the record goes into the next writeBatch.
                return send(slot.writer) ? take(message, slot) : .destination
            }
            reject(
                message, slot,
                EFDError("sink.recordMalformed", "the value cannot be decoded: \(error)", recovery: .reject))
        }
        return nil
    }

    /// Opens a batch for the schema in the writeBatch of the slot's writer, or rejects the record when its schema is of no
    /// use.
    private func openBatch(_ message: KafkaMessage, _ slot: PartitionState, _ schemaID: Int32) -> Stall? {
        do throws(EFDError) {
            switch try schemas.entry(schemaID) {
            case .plan(let plan):
                let batch = TopicBatch(
                    topic: slot.topic, partition: slot.partition, schemaID: schemaID, plan: plan, rows: slot.batchRows)
                open[slot.writer].batches.append(batch)
                slot.open = batch
            case .unusable(let reason):
                slot.open = nil
                reject(message, slot, reason)
            }
            return nil
        } catch {
            return .registry(error)
        }
    }

    private func reject(_ message: KafkaMessage, _ slot: PartitionState, _ reason: EFDError) {
        var records = RecordStore()
        records.append(message)
        let letter = DeadLetter(
            topic: slot.topic, partition: slot.partition, offset: message.offset, stage: .decoding, reason: reason,
            records: records, row: 0)
        open[slot.writer].deadLetters.append(letter)
        advance(slot, past: message)
    }

    private func advance(_ slot: PartitionState, past message: KafkaMessage) {
        let writeBatch = open[slot.writer]
        if writeBatch.rowCount == 0 { writeBatch.openedAt = MonotonicClock.nanoseconds() }
        writeBatch.rowCount += 1
        writeBatch.recordBytes += (message.key?.count ?? 0) + (message.value?.count ?? 0)
        slot.nextOffset = message.offset + 1
        if let progress = slot.progress {
            writeBatch.progress[progress].nextOffset = message.offset + 1
        } else {
            slot.progress = writeBatch.progress.count
            writeBatch.progress.append(.init(slot: slot, assignment: slot.assignment, nextOffset: message.offset + 1))
        }
    }

    private func slot(_ source: Int) -> PartitionState {
        while slots.count <= source { slots.append(nil) }
        if let known = slots[source] { return known }
        let place = consumer.partition(of: source)
        let slot = PartitionState(
            place, source: source, writer: source % open.count, metrics: metrics.topic(place.topic))
        if let position = beginnings.removeValue(forKey: place) { slot.begin(at: position) }
        slots[source] = slot
        slotOf[place] = slot
        return slot
    }

    // MARK: Parcels

    /// Sends the writer's writeBatch when it is full. False when it is full and cannot be sent.
    private func makeRoom(_ writer: Int) -> Bool {
        let writeBatch = open[writer]
        let isFull = writeBatch.rowCount >= limits.batchRows || writeBatch.recordBytes >= limits.batchBytes
        // Decoded, rows may be larger than their records: a look at all columns, now and then.
        guard isFull || (writeBatch.rowCount & 0xFF == 0xFF && writeBatch.byteCount >= limits.batchBytes) else {
            return true
        }
        return send(writer)
    }

    /// Hands the writer its writeBatch and opens the next. False when the writer's queue is full.
    func send(_ writer: Int) -> Bool {
        let writeBatch = open[writer]
        if writeBatch.isEmpty { return true }
        // Looked at before it is sent: behind that the writeBatch is the writer's, with its batches, and news of the
        // writer's own in `progress`.
        let slots = writeBatch.progress.map(\.slot)
        for slot in slots { slot.batchRows = slot.open?.rowCount ?? 0 }
        guard board.send(writeBatch) else { return false }
        inFlight[writer] += 1
        for slot in slots { slot.closeBatch() }
        open[writer] = WriteBatch(writer: writer, openedAt: MonotonicClock.nanoseconds())
        return true
    }
}
