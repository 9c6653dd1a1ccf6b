import EFDCore
import EFDKafka

/// Records read while the reader is stalled, from message `next` on.
struct StalledBatch: ~Copyable {
    let batch: MessageBatch
    var next: Int
    var stall: RecordReader.Stall
    let since = MonotonicClock.seconds()
    /// Partitions that were revoked meanwhile: their records are another's now.
    var dropped: Set<Int> = []
    var isPaused = false
    /// Where to read again in partitions that gave records although paused, by source.
    var strays: [Int: Int64] = [:]

    init(_ batch: consuming MessageBatch, next: Int, stall: RecordReader.Stall) {
        self.batch = batch
        self.next = next
        self.stall = stall
    }
}

extension RecordReader {
    /// Reads until the process stops, then sees what was read stored and committed.
    func run() throws(EFDError) {
        defer { consumer.close() }
        health.expectBeats(of: "reader", maximumAge: SinkLimits.heartbeat)
        while !stop.isStopped {
            health.beat("reader")
            if let failure { throw failure }
            // A stalled reader waits for what is handed back in `retryHeld`: taken here, it would be waited for in
            // vain.
            if held == nil { takeFinished(waitingAtMost: 0) }
            sendDueParcels()
            measureIfDue()
            try lookAtParked()
            if held == nil { try read() } else { try retryHeld() }
        }
        health.endBeats(of: "reader")
        drain()
    }

    private func read() throws(EFDError) {
        let isBusy = open.contains { !$0.isEmpty } || inFlight.contains { $0 > 0 }
        let batch = try consumer.poll(
            maxMessages: SinkLimits.pollMessages, waitMilliseconds: isBusy ? SinkLimits.busyWait : SinkLimits.idleWait)
        guard let halt = take(batch, from: 0, leavingOut: []) else { return }
        held = StalledBatch(batch, next: halt.message, stall: halt.stall)
    }

    /// Tries to go on with what is held. When that fails for long, the partitions are paused and only the consumer
    /// group is served.
    private func retryHeld() throws(EFDError) {
        guard var records = held.take() else { return }
        if case .registry(let error) = records.stall {
            log.warning("a schema cannot be fetched, reading waits", error)
            health.set("registry", isMet: false, error.description)
        }
        takeFinished(waitingAtMost: SinkLimits.stallLook)
        guard let halt = take(records.batch, from: records.next, leavingOut: records.dropped) else {
            if records.isPaused { try resume(records.strays) }
            health.set("registry", isMet: true, "schemas are known")
            return
        }
        records.next = halt.message
        records.stall = halt.stall
        let isLong = MonotonicClock.seconds() - records.since > SinkLimits.stallPatience
        held = consume records
        if isLong { try serveGroup() }
    }

    /// Keeps the membership of the group: rebalances are served in `poll`. Records that come all the same are read
    /// again later.
    private func serveGroup() throws(EFDError) {
        try consumer.pause(consumer.assignment)
        held?.isPaused = true
        metrics.stalled.set(1)
        let strays = try consumer.poll(maxMessages: SinkLimits.pollMessages, waitMilliseconds: SinkLimits.idleWait)
        for run in strays.runs where held?.strays[run.source] == nil { held?.strays[run.source] = run.firstOffset }
    }

    private func resume(_ strays: [Int: Int64]) throws(EFDError) {
        metrics.stalled.set(0)
        let places = consumer.assignment.filter { slotOf[$0]?.parked == nil }
        let again = strays.map { PartitionOffset(consumer.partition(of: $0.key), $0.value) }.filter {
            places.contains($0.partition)
        }
        if !again.isEmpty, let error = consumer.seek(again) { throw error }
        try consumer.resume(places)
    }

    // MARK: Parcels on their way

    /// Sends writeBatches whose rows waited long enough: a moment when the writer is idle, longer when it is busy.
    private func sendDueParcels() {
        let now = MonotonicClock.nanoseconds()
        for (writer, writeBatch) in open.enumerated() where !writeBatch.isEmpty {
            let age = Double(now - writeBatch.openedAt) / 1e9
            if age >= (inFlight[writer] == 0 ? limits.linger : limits.batchTime) { _ = send(writer) }
        }
    }

    /// Takes back the writeBatches that writers are done with, and stores their progress for the next commit.
    func takeFinished(waitingAtMost seconds: Double) {
        var wait = seconds
        while let writeBatch = board.takeFinished(waitingAtMost: wait) {
            wait = 0
            if !writeBatch.isNews { inFlight[writeBatch.writer] -= 1 }
            for refused in writeBatch.refused where refused.assignment == refused.slot.assignment {
                park(refused.slot, at: refused.offset, refused.reason)
            }
            guard writeBatch.isStored else { continue }
            // What an earlier assignment read is its new owner's to commit.
            let current = writeBatch.progress.filter { $0.assignment == $0.slot.assignment }
            consumer.store(current.map { PartitionOffset($0.slot.place, $0.nextOffset) })
        }
        metrics.inFlight.set(inFlight.reduce(0, +))
    }

    private func measureIfDue() {
        let now = MonotonicClock.seconds()
        guard now - lastMeasure >= SinkLimits.measureInterval else { return }
        lastMeasure = now
        consumer.connection.report(to: health, "records are read")
        guard lagPace.begins(now) else { return }
        defer { lagPace.ended(MonotonicClock.seconds()) }
        metrics.lag.set(Int(consumer.lags().reduce(0) { $0 + $1.records }))
    }

    /// Sends all that was read and waits until it is stored, at most `seconds`. False when some of it is not.
    func flush(within seconds: Double) -> Bool {
        let deadline = MonotonicClock.seconds() + seconds
        var unsent = open.indices.filter { !send($0) }
        var unsettled = sink.buffersRows ? Array(open.indices) : []
        while inFlight.contains(where: { $0 > 0 }) || !unsent.isEmpty || !unsettled.isEmpty {
            let left = deadline - MonotonicClock.seconds()
            if left <= 0 { return false }
            if unsettled.isEmpty || !unsent.isEmpty {
                takeFinished(waitingAtMost: min(left, SinkLimits.stallLook))
            } else {
                takeFinished(waitingAtMost: 0.001)
            }
            unsent = unsent.filter { !send($0) }
            unsettled = unsettled.filter { unsent.contains($0) || !sendSettling($0) }
        }
        return true
    }

    /// Tells the writer to make all that it holds durable. False when its queue is full.
    private func sendSettling(_ writer: Int) -> Bool {
        let writeBatch = WriteBatch(writer: writer, openedAt: MonotonicClock.nanoseconds())
        writeBatch.flushesAll = true
        guard board.send(writeBatch) else { return false }
        inFlight[writer] += 1
        return true
    }

    private func drain() {
        _ = held.take()
        _ = flush(within: .infinity)
        log.info("what was read is stored")  // closing the consumer gives the partitions up, which commits
    }
}
