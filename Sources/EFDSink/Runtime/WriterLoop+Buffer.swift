import EFDCore
import EFDKafka

/// For sinks that buffer rows: discards, flushes and reports.
extension WriterLoop {
    /// Drops rows that were read under an earlier assignment.
    func discardStale(beside batch: WriteBatch? = nil) {
        guard buffersRows else { return }
        var stale = buffered.filter { $0.value.assignment != $0.value.state.assignment }.map(\.key)
        for entry in batch?.progress ?? [] {
            let partition = entry.state.partition
            let known = assignments.updateValue(entry.assignment, forKey: partition)
            // Also where no row is left: the sink may remember where the partition stood.
            if let known, known != entry.assignment, !stale.contains(partition) { stale.append(partition) }
        }
        for partition in stale {
            writer.discard(partition.topic, partition.partition)
            buffered[partition] = nil
        }
    }

    /// Records the contents of a batch.
    func take(_ batch: WriteBatch) {
        for progress in batch.progress where buffered[progress.state.partition] == nil {
            buffered[progress.state.partition] = .init(state: progress.state, assignment: progress.assignment)
        }
    }

    /// Flushes rows by the flush policy and reports partitions with progress.
    func flushDue() {
        discardStale()
        _ = flush(all: false)
        lastFlush = MonotonicClock.seconds()
        let moved = report()
        guard !moved.isEmpty else { return }
        let report = WriteBatch(writer: index, kind: .report)
        report.buffered = moved
        report.isStored = true
        finished.push(report)
    }

    /// False if the connector stops before it is done.
    func flush(all: Bool) -> Bool {
        if isFenced { return false }
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            switch writer.flush(all: all) {
            case .flushed:
                if backoff.attempt > 0 { succeeded(backoff) }
                return true
            case .failed(let error, let delay): if !outlast(error, delay, &backoff) { return false }
            case .fenced(let error):
                fail(error)
                return false
            }
        }
    }

    /// The first buffered row of each partition if it changed or disappeared, and of those in a batch.
    func report(with batch: WriteBatch? = nil) -> [WriteBatch.Buffered] {
        let changed = Set(batch?.progress.map(\.state.partition) ?? [])
        var moved: [WriteBatch.Buffered] = []
        for (partition, known) in buffered {
            let first = writer.oldestBufferedOffset(of: partition.topic, partition.partition)
            guard first == nil || first != known.reported || changed.contains(partition) else { continue }
            moved.append(.init(state: known.state, assignment: known.assignment, firstOffset: first))
            buffered[partition]?.reported = first
            // Nothing buffered: its next rows add it again.
            if first == nil { buffered[partition] = nil }
        }
        return moved
    }
}
