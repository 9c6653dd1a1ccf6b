import EFDAvro
import EFDCore
import EFDKafka

/// Processing of records: each goes into the open batch of its partition's writer, or has a reason why it cannot.
extension RecordReader {
    /// Why a record is not taken now.
    private enum Obstacle {
        case writerFull
        case schema(Int32, EFDError)
    }

    /// Processes polled records. Records of writers without room wait in `deferred`.
    func take(_ batch: consuming MessageBatch) {
        var waiting: [DeferredRecords.Run] = []
        var full: Set<Int> = []
        for run in batch.runs where ledger.receives(run.source, from: run.firstOffset) {
            let state = state(run.source)
            let assignment = ledger[run.source].assignment
            var rest = run.messages
            // Waiting records of the same writer go first.
            if deferred[state.writer].isEmpty && !full.contains(state.writer) {
                guard let halt = take(batch, state, run.messages) else { continue }
                full.insert(state.writer)
                rest = halt..<run.messages.upperBound
            }
            waiting.append(.init(number: run.source, assignment: assignment, messages: rest))
        }
        if waiting.isEmpty { return }
        let holder = BatchHolder(batch)
        for run in waiting { deferred[state(run.number).writer].append(run, of: holder) }
    }

    /// Retries records that wait for their writers.
    func retryDeferred() {
        for writer in deferred.indices {
            while let (run, holder) = deferred[writer].first {
                // Read under an earlier assignment: this or another member reads it again.
                if ledger[run.number].assignment == run.assignment {
                    if let halt = take(holder.batch, state(run.number), run.messages) {
                        deferred[writer].shortenFirst(to: halt)
                        break
                    }
                }
                deferred[writer].removeFirst()
            }
        }
    }

    /// Takes records of one partition. Returns the message to continue with if its writer is full; nil: none is left.
    private func take(_ batch: borrowing MessageBatch, _ state: AssignedPartition, _ messages: Range<Int>) -> Int? {
        let number = state.number
        let assignment = ledger[number].assignment
        var received = 0
        var bytes = 0
        defer {
            state.metrics.received.add(received)
            metrics.receivedBytes.add(bytes)
        }
        for index in messages {
            let message = batch[index]
            if !ledger.isNew(number, message.offset), !admit(message, state) { continue }
            switch take(message, state, assignment) {
            case nil:
                received += 1
                bytes += message.value?.count ?? 0
            case .writerFull: return index
            case .schema(let id, let error):
                stall(number, .schema(id), error)
                ledger.dropped(number, at: message.offset)
            }
        }
        return nil
    }

    /// Whether an unusual record is taken: the first of a partition, one read before, or one that must wait.
    private func admit(_ message: KafkaMessage, _ state: AssignedPartition) -> Bool {
        switch ledger.admit(state.number, offset: message.offset, timestamp: message.timestamp) {
        case .take: return true
        case .verified: follow(ledger[state.number].verification, state.partition)
        case .repeated: metrics.duplicates.add()
        case .drop: ledger.dropped(state.number, at: message.offset)
        case .recreated: quarantine(state, at: message.offset, recreated(state, message))
        }
        return false
    }

    private func recreated(_ state: AssignedPartition, _ message: KafkaMessage) -> EFDError {
        EFDError(
            .sinkTopicRecreated,
            "\(state.partition): the record at offset \(message.offset) is not the one that was stored: the topic was "
                + "deleted and created again",
            remedy: "Move the topic's stored data to another output; the sink then stores what Kafka has.")
    }

    /// Takes one record into the open batch of its writer.
    private func take(_ message: KafkaMessage, _ state: AssignedPartition, _ assignment: Int) -> Obstacle? {
        guard dispatcher.makeRoom(state.writer, &ledger) else { return .writerFull }
        guard let value = message.value else {
            let remedy = "A tombstone has no data to store."
            reject(
                message, state,
                EFDError(.sinkValueMissing, "the record has no value", remedy: remedy, recovery: .reject))
            return nil
        }
        do throws(AvroFault) {
            let frame = try ConfluentFrame.parse(value)
            let batch: TopicBatch
            if let open = dispatcher.batch(state, frame.schemaID) {
                batch = open
            } else {
                switch plans.entry(frame.schemaID) {
                case .plan(let plan): batch = dispatcher.openBatch(state, frame.schemaID, plan)
                case .unusable(let reason):
                    reject(message, state, reason)
                    return nil
                case .unknown(let error): return .schema(frame.schemaID, error)
                }
            }
            try batch.append(frame.payload, offset: message.offset, timestamp: message.timestamp)
            if capabilities.rejectsRows { batch.records.append(message) }
            advance(state, assignment, past: message)
        } catch {
            if error.isBatchFull {
                // The columns are full: the record goes into the next batch.
                return dispatcher.send(state.writer, &ledger) ? take(message, state, assignment) : .writerFull
            }
            let reason = EFDError(.sinkRecordMalformed, "the value cannot be decoded: \(error)", recovery: .reject)
            reject(message, state, reason)
        }
        return nil
    }

    private func reject(_ message: KafkaMessage, _ state: AssignedPartition, _ reason: EFDError) {
        var records = RecordStore()
        records.append(message)
        let letter = DeadLetter(
            topic: state.partition.topic, partition: state.partition.partition, offset: message.offset,
            stage: .decoding, reason: reason, records: records, row: 0)
        dispatcher.add(letter, to: state.writer)
        advance(state, ledger[state.number].assignment, past: message)
    }

    private func advance(_ state: AssignedPartition, _ assignment: Int, past message: KafkaMessage) {
        ledger.took(state.number, message.offset)
        dispatcher.advance(state, assignment, past: message)
    }
}

/// Polled records that outlive their poll, freed with the last run that waits.
final class BatchHolder {
    let batch: MessageBatch
    init(_ batch: consuming MessageBatch) { self.batch = batch }
}

/// Records that wait until their writer has room, in order of arrival.
struct DeferredRecords {
    struct Run {
        let number: Int
        /// The assignment under which they were read.
        let assignment: Int
        var messages: Range<Int>
    }

    private var runs: [(run: Run, holder: BatchHolder)] = []
    private var taken = 0
    private(set) var count = 0
    /// Since when some wait, in monotonic seconds.
    private(set) var since = 0.0

    var isEmpty: Bool { taken == runs.count }
    var first: (run: Run, holder: BatchHolder)? { isEmpty ? nil : runs[taken] }

    mutating func append(_ run: Run, of holder: BatchHolder) {
        if isEmpty { since = MonotonicClock.seconds() }
        runs.append((run, holder))
        count += run.messages.count
    }

    mutating func shortenFirst(to start: Int) {
        count -= start - runs[taken].run.messages.lowerBound
        runs[taken].run.messages = start..<runs[taken].run.messages.upperBound
    }

    mutating func removeFirst() {
        count -= runs[taken].run.messages.count
        taken += 1
        if taken == runs.count || taken >= 1024 {
            runs.removeFirst(taken)
            taken = 0
        }
    }

    mutating func removeAll() { self = DeferredRecords() }
}
