import EFDCore
import EFDKafka

// The end of transactions.

extension CopyLoop {
    /// Longer than the interval where commits are slow and records wait, so that the time goes into copying.
    var transactionSeconds: Double {
        guard isBehind else { return parts.limits.commitInterval }
        return max(
            parts.limits.commitInterval, min(CopyLimits.longestTransaction, commitSeconds / CopyLimits.commitShare))
    }

    /// Notes go out with a transaction of their own where no copies do.
    func openForNotes(now: Double) throws(EFDError) {
        for lane in lanes.values where !lane.isOpen && !lane.notes.isEmpty {
            do throws(EFDError) { try lane.begin(now: now) } catch { try fail(lane, error) }
        }
    }

    func commitWhenDue() throws(EFDError) {
        let now = MonotonicClock.seconds()
        try openForNotes(now: now)
        let open = lanes.values.filter(\.isOpen)
        guard
            open.contains(where: {
                now - ($0.begun ?? now) >= transactionSeconds || $0.bytes >= parts.limits.transactionBytes
            })
        else { return }
        commit(open)
        isBehind = false
    }

    /// Commits the transactions of these lanes at the same time, and waits. A lane that fails is gone afterwards.
    func commit(_ lanes: [Lane]) {
        let open = lanes.filter(\.isOpen)
        guard !open.isEmpty else { return }
        let began = MonotonicClock.seconds()
        let outcomes = CommitOutcomes(count: open.count)
        for lane in open.dropFirst() { parts.crew.run { outcomes.put(lane, lane.result()) } }
        outcomes.put(open[0], open[0].result())
        let all = outcomes.wait()
        commitSeconds = MonotonicClock.seconds() - began
        parts.metrics.commitSeconds.observe(commitSeconds, count: all.count)
        for (lane, failure) in all {
            if let failure { settle(lane, failure) } else { settle(lane) }
        }
    }

    private func settle(_ lane: Lane) {
        parts.metrics.committed.add()
        parts.board.succeeded(lane.number)
        let now = WallClock.seconds()
        var offsets: [PartitionOffset] = []
        for slot in lane.touched {
            let records = slot.route.queued
            slot.metrics.records.add(records)
            slot.metrics.bytes.add(slot.bytes)
            slot.bytes = 0
            if records > 0, let stamp = slot.anchor?.timestamp, stamp >= 0 {
                slot.metrics.latency.observe(max(0, now - Double(stamp) / 1000))
            }
            if slot.backoff.attempt > 0, records > 0 { calm(slot) }
            offsets.append(PartitionOffset(slot.place, slot.next))
        }
        lane.settle()
        // For the source's lag tools; what counts is the progress at the target.
        consumer.store(offsets)
    }

    private func calm(_ slot: SourcePartition) {
        slot.backoff.reset()
        if case .parked = slot.reading { return }
        parts.troubles.clear(slot.place.description)
    }

    private func settle(_ lane: Lane, _ failure: Lane.Failure) {
        do throws(EFDError) {
            // The copies of that partition are at fault: the others are to go on without them.
            if let place = failure.place { parts.holds.put(place, failure.error) }
            try fail(lane, failure.error)
        } catch {
            parts.fatal.withLock { $0 = $0 ?? error }
            parts.stop.stop()
        }
    }
}

extension Lane {
    /// nil: committed.
    fileprivate func result() -> Failure? {
        do throws(Failure) {
            try commit(seconds: CopyLimits.commitPatience)
            return nil
        } catch {
            return error
        }
    }
}

/// Gathers what became of transactions that are committed at the same time.
private final class CommitOutcomes: Sendable {
    private let queue: BoundedQueue<(Lane, Lane.Failure?)>

    init(count: Int) { queue = BoundedQueue(capacity: count) }

    func put(_ lane: Lane, _ failure: Lane.Failure?) { _ = queue.push((lane, failure)) }

    func wait() -> [(Lane, Lane.Failure?)] { (0..<queue.capacity).compactMap { _ in queue.pop() } }
}
