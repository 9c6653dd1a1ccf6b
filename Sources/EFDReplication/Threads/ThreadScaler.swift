import EFDCore
import EFDKafka

/// Starts and ends copy threads as the load asks for. Used by the service's main thread.
final class ThreadScaler {
    private let parts: CopyContext
    private var plan: ScalingPolicy
    private var running: [CopyThread] = []
    private let workers = ThreadGroup()
    private var nextIndex = 0
    private var lookedAt = MonotonicClock.seconds()
    private var seen: (busy: Int, records: Int) = (0, 0)
    private var departed: (busy: Int, records: Int) = (0, 0)

    init(_ parts: CopyContext, bounds: ClosedRange<Int>) {
        self.parts = parts
        plan = ScalingPolicy(bounds)
        for _ in 0..<bounds.lowerBound { grow() }
    }

    /// Looks at the load when it is time.
    func look() {
        let now = MonotonicClock.seconds()
        guard now - lookedAt >= ScalingPolicy.interval else { return }
        let busy = departed.busy + running.reduce(0) { $0 + $1.busyNanoseconds }
        let records = departed.records + running.reduce(0) { $0 + $1.records }
        let seconds = now - lookedAt
        let look = ScalingPolicy.Look(
            threads: running.count, busy: Double(busy - seen.busy) / 1e9 / seconds,
            lag: Double(running.reduce(0) { $0 + $1.lagRecords }),
            rate: Double(records - seen.records) / seconds)
        (lookedAt, seen) = (now, (busy, records))
        parts.metrics.utilisation.set(look.busy / Double(max(1, running.count)))
        let wanted = min(plan.threads(look), max(plan.bounds.lowerBound, parts.board.laneCount))
        if wanted > running.count {
            grow()
            parts.log.info(
                "one more copy thread", ["threads": .integer(running.count), "lag": .integer(Int(look.lag))])
        } else if wanted < running.count {
            shrink()
            parts.log.info("one copy thread less", ["threads": .integer(running.count)])
        }
    }

    private func grow() {
        let thread = CopyThread(nextIndex)
        nextIndex += 1
        let parts = parts
        workers.add(JoinableThread("copy-\(thread.index)") { CopyLoop.run(thread, parts) })
        running.append(thread)
        parts.board.add(thread)
        parts.metrics.threads.set(running.count)
    }

    private func shrink() {
        guard let last = running.popLast() else { return }
        parts.board.retire(last)
        last.send(.end)
        departed.busy += last.busyNanoseconds
        departed.records += last.records
        parts.metrics.threads.set(running.count)
    }

    /// Waits until every copy thread has ended.
    func join() { workers.join() }
}
