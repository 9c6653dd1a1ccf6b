import EFDAvro
import EFDCore
import EFDKafka

/// The reading thread of a connector: polls, decodes, passes batches to writers, commits their progress.
///
/// Only it accesses the consumer and the ledger. `+Stalls` pauses partitions, `+Group` serves rebalances.
final class RecordReader {
    let consumer: KafkaConsumer
    let sink: any Sink
    let capabilities: SinkCapabilities
    let metrics: SinkMetrics
    let scope: Scope
    /// The consumer group's name: replayed records may be meant for another group.
    private let group: [UInt8]
    let dispatcher: WriteDispatcher

    var ledger = PartitionLedger()
    var plans: PlanCache
    /// By the ledger's number of the partition.
    var states: [AssignedPartition?] = []
    /// Records that wait for a writer with room, oldest first.
    var deferred: [DeferredRecords]
    /// Stalled partitions, with the reason for people.
    var stalled: [Int: StallNotice] = [:]
    /// Partitions that are read again from a lower offset than the group has committed.
    var rewound: Set<Int> = []
    /// Whether partitions are stalled because their writer is full.
    var isAnyWriterFull = false
    /// The error of a callback, which the loop throws.
    var failure: EFDError?
    /// Batches that writers gave up as the connector stopped.
    private var unstoredBatches = 0
    private var lastMeasure = MonotonicClock.seconds()
    private var measuring = AdaptiveInterval(interval: SinkLimits.measureInterval)
    var lastSchemaLook = MonotonicClock.seconds()
    var lastQuarantineLook = MonotonicClock.seconds()
    /// Numbers of topics, for sinks with affinity of writers by topic.
    var topicNumbers: [String: Int] = [:]

    init(
        consumer: KafkaConsumer, dispatcher: WriteDispatcher, sink: any Sink, plans: PlanCache, metrics: SinkMetrics,
        scope: Scope
    ) {
        self.consumer = consumer
        group = Array(consumer.group.utf8)
        self.dispatcher = dispatcher
        self.sink = sink
        capabilities = sink.capabilities
        self.plans = plans
        self.metrics = metrics
        self.scope = scope
        deferred = dispatcher.writers.map { _ in DeferredRecords() }
    }

    /// Reads until the connector stops, then waits until its records are stored and committed.
    func run() throws(EFDError) {
        defer { consumer.close() }
        scope.health.expectBeats(of: "reader", maximumAge: SinkLimits.heartbeat)
        while !scope.stop.isStopped {
            scope.health.beat("reader")
            if let failure { throw failure }
            takeFinished(waitingAtMost: 0)
            dispatcher.sendDue(&ledger)
            retryDeferred()
            try lookAtStalls()
            measureIfDue()
            if hasRoom { try read() } else { try waitForWriters() }
        }
        scope.health.endBeats(of: "reader")
        for writer in deferred.indices { deferred[writer].removeAll() }
        _ = flush(within: .infinity)
        // Closing the consumer gives the partitions up, which commits.
        if unstoredBatches == 0 {
            scope.log.info("all read records are stored")
        } else {
            scope.log.warning("not all read records could be stored: the next start reads the others again")
        }
    }

    private func read() throws(EFDError) {
        let wait = dispatcher.isBusy ? SinkLimits.busyWait : SinkLimits.idleWait
        take(try consumer.poll(maxMessages: SinkLimits.pollMessages, waitMilliseconds: wait))
    }

    private func measureIfDue() {
        let now = MonotonicClock.seconds()
        guard now - lastMeasure >= SinkLimits.measureInterval else { return }
        lastMeasure = now
        consumer.connection.report(to: scope.health, "records are read")
        guard measuring.begins(now) else { return }
        defer { measuring.ended(MonotonicClock.seconds()) }
        metrics.lag.set(Int(consumer.lags().reduce(0) { $0 + $1.records }))
    }

    /// The partition for its writer, created on first use.
    func state(_ number: Int) -> AssignedPartition {
        while states.count <= number { states.append(nil) }
        if let known = states[number] { return known }
        let partition = consumer.partition(of: number)
        let state = AssignedPartition(
            partition, number: number, writer: writer(of: partition, number), metrics: metrics.topic(partition.topic))
        states[number] = state
        return state
    }

    private func writer(of partition: TopicPartition, _ number: Int) -> Int {
        switch capabilities.affinity {
        case .partition: return number % dispatcher.writers.count
        case .topic:
            let topic = topicNumbers[partition.topic] ?? topicNumbers.count
            topicNumbers[partition.topic] = topic
            return topic % dispatcher.writers.count
        }
    }
}

/// Records: each goes into the open batch of its partition's writer, or has a reason why it cannot.
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

    /// Takes records of one partition. Returns the message to continue with if its writer is full; nil: none is left.
    func take(_ batch: borrowing MessageBatch, _ state: AssignedPartition, _ messages: Range<Int>) -> Int? {
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
        if message.isReplay(forOtherThan: group) {
            metrics.forOtherGroups.add()
            advance(state, assignment, past: message)
            return nil
        }
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
            timestamp: message.timestamp, stage: .decoding, reason: reason, records: records, row: 0)
        dispatcher.add(letter, to: state.writer)
        advance(state, ledger[state.number].assignment, past: message)
    }

    private func advance(_ state: AssignedPartition, _ assignment: Int, past message: KafkaMessage) {
        ledger.took(state.number, message.offset)
        dispatcher.advance(state, assignment, past: message)
    }
}

/// The results of the writers: offsets to commit, counters, refused partitions.
extension RecordReader {
    /// Takes back finished batches, and stores their progress for the next commit.
    func takeFinished(waitingAtMost seconds: Double) {
        var wait = seconds
        while let batch = dispatcher.takeFinished(waitingAtMost: wait) {
            wait = 0
            for refused in batch.refused where refused.assignment == ledger[refused.state.number].assignment {
                quarantine(refused.state, at: refused.offset, refused.reason)
            }
            if batch.isStored { finish(batch) } else { unstoredBatches += 1 }
        }
        metrics.inFlight.set(dispatcher.inFlightCount)
    }

    private func finish(_ batch: WriteBatch) {
        var firstOpen: [Int: Int64] = [:]
        for entry in batch.buffered { firstOpen[entry.state.number] = entry.firstOffset }
        var offsets: [PartitionOffset] = []
        for entry in batch.progress {
            let written = PartitionLedger.Written(next: entry.nextOffset, rows: entry.rows, stamp: entry.stamp)
            let open = firstOpen[entry.state.number]
            note(ledger.finished(entry.state.number, entry.assignment, written, firstOpen: open), entry.state, &offsets)
        }
        for entry in batch.buffered where batch.progress(of: entry.state.partition) == nil {
            let progress = ledger.finished(entry.state.number, entry.assignment, nil, firstOpen: entry.firstOffset)
            note(progress, entry.state, &offsets)
        }
        if !offsets.isEmpty { consumer.store(offsets) }
    }

    private func note(
        _ progress: PartitionLedger.Progress?, _ state: AssignedPartition, _ offsets: inout [PartitionOffset]
    ) {
        guard let progress else { return }
        offsets.append(PartitionOffset(state.partition, progress.offset))
        guard progress.rows > 0 else { return }
        let now = WallClock.seconds()
        state.metrics.stored.add(progress.rows)
        metrics.lastStored.set(now)
        // Rows of sinks that do not buffer were observed one by one as they were written.
        if capabilities.buffersRows { metrics.latency.observe(progress.stamps.map { max(0, now - $0) }) }
    }

    /// Sends all batches and waits until they are stored, at most `seconds`. False if some are not.
    func flush(within seconds: Double) -> Bool {
        let deadline = MonotonicClock.seconds() + seconds
        var unsent = dispatcher.writers.filter { !dispatcher.send($0, &ledger) }
        var unflushed = capabilities.buffersRows ? Array(dispatcher.writers) : []
        while dispatcher.inFlightCount > 0 || !unsent.isEmpty || !unflushed.isEmpty {
            let left = deadline - MonotonicClock.seconds()
            if left <= 0 { return false }
            let waits = unflushed.isEmpty || !unsent.isEmpty
            takeFinished(waitingAtMost: waits ? min(left, SinkLimits.stallLook) : 0.001)
            unsent = unsent.filter { !dispatcher.send($0, &ledger) }
            unflushed = unflushed.filter { unsent.contains($0) || !dispatcher.sendFlush($0) }
        }
        return true
    }
}
