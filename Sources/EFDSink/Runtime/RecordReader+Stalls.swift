import EFDCore
import EFDKafka

/// A stalled partition, for readiness and the log.
struct StallNotice {
    var reason: EFDError
    let since = MonotonicClock.seconds()
}

/// Stalls: only the partition whose next record cannot be taken pauses, all others continue.
extension RecordReader {
    // MARK: Full writers

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

    /// Whether the records of a poll can be kept until their writers take them.
    var hasRoom: Bool { deferred.reduce(0) { $0 + $1.count } < SinkLimits.deferredMessages }

    /// Waits a moment for a writer. One that stays full for long gets its partitions paused: the others' continue, and
    /// the consumer group is served.
    func waitForWriters() throws(EFDError) {
        let now = MonotonicClock.seconds()
        let stuck = deferred.indices.filter {
            !deferred[$0].isEmpty && now - deferred[$0].since > SinkLimits.stallPatience
        }
        if stuck.isEmpty { return takeFinished(waitingAtMost: SinkLimits.stallLook) }
        for case let state? in states where stuck.contains(state.writer) {
            if ledger.stall(state.number, .writerFull) { pause(state) }
        }
        isAnyWriterFull = true
        metrics.stalled.set(1)
        take(try consumer.poll(maxMessages: SinkLimits.pollMessages, waitMilliseconds: SinkLimits.idleWait))
    }

    private func resumeWriters() throws(EFDError) {
        guard isAnyWriterFull else { return }
        isAnyWriterFull = false
        for case let state? in states where ledger[state.number].stall == .writerFull {
            let goesOn = deferred[state.writer].isEmpty ? try resume(state) : false
            if !goesOn { isAnyWriterFull = true }
        }
        if !isAnyWriterFull { metrics.stalled.set(0) }
    }

    // MARK: Unknown schemas

    func stall(_ number: Int, _ stall: PartitionLedger.Stall, _ reason: EFDError) {
        guard ledger.stall(number, stall) else { return }
        let state = state(number)
        pause(state)
        stalled[number] = StallNotice(reason: reason)
        scope.log.warning("reading of a partition waits for a schema", reason)
        reportSchemas()
    }

    /// Requests the schemas that partitions wait for again.
    private func retrySchemas() throws(EFDError) {
        for number in stalled.keys.sorted() {
            guard case .schema(let id) = ledger[number].stall else { continue }
            if case .unknown(let reason) = plans.entry(id) {
                // At first the registry is only slow; later the cause is known.
                stalled[number]?.reason = reason
                continue
            }
            if try resume(state(number)) { stalled[number] = nil }
        }
        reportSchemas()
    }

    private func reportSchemas() {
        let waiting = stalled.filter { entry in if case .schema = ledger[entry.key].stall { true } else { false } }
        if let first = waiting.min(by: { $0.key < $1.key }) {
            let count = waiting.count == 1 ? "1 partition waits" : "\(waiting.count) partitions wait"
            scope.health.set("registry", isMet: false, "\(count) for a schema: \(first.value.reason)")
        } else if scope.health.conditions.contains(where: { $0.name == "registry" }) {
            scope.health.set("registry", isMet: true, "schemas are known")
        }
    }

    // MARK: Quarantine

    /// Stops reading a partition until a person has acted: its records stay in Kafka.
    func quarantine(_ state: AssignedPartition, at offset: Int64, _ reason: EFDError) {
        guard ledger.refused(state.number, ledger[state.number].assignment, at: offset) else { return }
        pause(state)
        let isNew = stalled[state.number]?.reason != reason
        stalled[state.number] = StallNotice(reason: reason)
        if isNew { scope.log.error("partition paused until the cause is fixed; its records stay in Kafka", reason) }
        reportQuarantine()
    }

    /// Retries partitions that wait for a person: one whose destination has nothing at or after the refused record, and
    /// one whose record could not be dead-lettered.
    private func retryQuarantined() {
        for case let state? in states where ledger[state.number].stall == .quarantined {
            do throws(EFDError) {
                var isResolved = false
                var position: SinkPosition?
                if capabilities.offsets == .destination {
                    position = try sink.position(of: state.partition.topic, state.partition.partition)
                    if let position, let failed = ledger[state.number].failedOffset, position.offset > failed {
                        continue
                    }
                    isResolved = true
                }
                try restart(state, at: position, isResolved: isResolved)
            } catch {
                scope.log.warning("a quarantined partition cannot be retried yet", error)
            }
        }
        reportQuarantine()
    }

    private func restart(_ state: AssignedPartition, at position: SinkPosition?, isResolved: Bool) throws(EFDError) {
        let failed = ledger[state.number].failedOffset ?? 0
        let start = ledger.restart(state.number, at: position, isResolved: isResolved)
        if isResolved { rewound.insert(state.number) }
        publish(state)
        verify(state.partition, position)
        if let error = consumer.seek([PartitionOffset(state.partition, start ?? PartitionOffset.beginning)]) {
            _ = ledger.refused(state.number, ledger[state.number].assignment, at: failed)
            throw error
        }
        try consumer.resume([state.partition])
        scope.log.info(
            "reading a quarantined partition again",
            ["topic": .text(state.partition.topic), "partition": .integer(Int(state.partition.partition))])
    }

    func reportQuarantine() {
        for number in stalled.keys where ledger[number].stall == nil && !ledger.needsAttention(number) {
            stalled[number] = nil
        }
        let waiting = states.compactMap { $0 }.filter { ledger.needsAttention($0.number) }
        metrics.quarantined.set(waiting.count)
        if let first = waiting.first {
            let reason = stalled[first.number]?.reason.description ?? "see the log"
            scope.health.set("partitions", isMet: false, "\(waiting.count) paused until the cause is fixed: \(reason)")
        } else if scope.health.conditions.contains(where: { $0.name == "partitions" }) {
            scope.health.set("partitions", isMet: true, "none is paused")
        }
    }

    // MARK: All of them

    /// Resumes partitions whose cause is gone.
    func lookAtStalls() throws(EFDError) {
        try resumeWriters()
        let now = MonotonicClock.seconds()
        if now - lastSchemaLook >= SinkLimits.schemaLook {
            lastSchemaLook = now
            if !rewound.isEmpty { commitRewound() }
            if !stalled.isEmpty { try retrySchemas() }
        }
        if now - lastQuarantineLook >= SinkLimits.quarantineLook {
            lastQuarantineLook = now
            if !stalled.isEmpty { retryQuarantined() }
        }
    }

    private func pause(_ state: AssignedPartition) {
        do throws(EFDError) { try consumer.pause([state.partition]) } catch {
            // Its records still arrive, and are skipped.
            scope.log.warning("a partition could not be paused", error)
        }
    }

    /// False when the partition stays stalled, since the client could not seek in time: the next look tries again.
    private func resume(_ state: AssignedPartition) throws(EFDError) -> Bool {
        let stall = ledger[state.number].stall
        if let offset = ledger.resume(state.number),
            let error = consumer.seek([PartitionOffset(state.partition, offset)])
        {
            guard error.isRetriable, let stall else { throw error }
            _ = ledger.stall(state.number, stall)
            ledger.dropped(state.number, at: offset)
            scope.log.warning("reading of a partition cannot resume yet", error)
            return false
        }
        try consumer.resume([state.partition])
        return true
    }

    /// Informs writers of the partition's current assignment.
    func publish(_ state: AssignedPartition) {
        state.publish(assignment: ledger[state.number].assignment)
        dispatcher.close(state.number)
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
