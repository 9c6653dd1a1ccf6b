import EFDCore
import EFDKafka

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
            if batch.isStored { finish(batch) }
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
