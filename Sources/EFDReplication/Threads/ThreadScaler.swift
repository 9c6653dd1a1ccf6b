import EFDCore
import EFDKafka

/// Starts and ends copy threads by their load. Not thread-safe; owned by the service's main thread.
final class ThreadScaler {
    private let context: CopyContext
    private var policy: ScalingPolicy
    private var running: [CopyThread] = []
    private let joinable = ThreadGroup()
    private var nextIndex = 0
    private var lookedAt = MonotonicClock.seconds()
    private var seen: (busy: Int, records: Int) = (0, 0)
    private var departed: (busy: Int, records: Int) = (0, 0)

    init(_ context: CopyContext, bounds: ClosedRange<Int>) {
        self.context = context
        policy = ScalingPolicy(bounds)
        for _ in 0..<bounds.lowerBound { grow() }
    }

    /// Checks the load every `ScalingPolicy.interval` seconds.
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
        context.metrics.utilisation.set(look.busy / Double(max(1, running.count)))
        let wanted = min(policy.threads(look), max(policy.bounds.lowerBound, context.assignments.laneCount))
        if wanted > running.count {
            grow()
            context.log.info(
                "copy thread added", ["threads": .integer(running.count), "lag": .integer(Int(look.lag))])
        } else if wanted < running.count {
            shrink()
            context.log.info("copy thread removed", ["threads": .integer(running.count)])
        }
    }

    private func grow() {
        let thread = CopyThread(nextIndex)
        nextIndex += 1
        let context = context
        joinable.add(JoinableThread("copy-\(thread.index)") { CopyLoop.run(thread, context) })
        running.append(thread)
        context.assignments.add(thread)
        context.metrics.threads.set(running.count)
    }

    private func shrink() {
        guard let last = running.popLast() else { return }
        context.assignments.retire(last)
        last.send(.end)
        departed.busy += last.busyNanoseconds
        departed.records += last.records
        context.metrics.threads.set(running.count)
    }

    /// Waits until every copy thread has ended.
    func join() { joinable.join() }
}
