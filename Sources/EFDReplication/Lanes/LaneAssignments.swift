import EFDCore

/// The lanes of this process and the copy thread of each. Every change of owner goes through here.
final class LaneAssignments: Sendable {
    fileprivate enum Owner {
        /// A thread of the pool opens it.
        case pool
        case thread(CopyThread)
        /// A copy thread was asked to hand it back, for the other thread or, with nil, for another process.
        case leaving(for: CopyThread?)
    }

    fileprivate struct State {
        var wanted: Set<Int> = []
        var owners: [Int: Owner] = [:]
        var threads: [CopyThread] = []
        var failures: [Int: Int] = [:]
    }

    private let state = Locked(State())
    private let opener: LaneOpener
    private let pool: BlockingPool
    private let stalls: StalledPartitions
    private let metrics: ReplicatorMetrics
    private let log: Log
    private let stop: StopToken
    /// Failed attempts after which readiness fails.
    private static let patience = 3

    init(
        opener: LaneOpener, pool: BlockingPool, stalls: StalledPartitions, metrics: ReplicatorMetrics, log: Log,
        stop: StopToken
    ) {
        (self.opener, self.pool, self.stalls, self.metrics) = (opener, pool, stalls, metrics)
        (self.log, self.stop) = (log, stop)
    }

    // MARK: The group's thread

    /// The group assigned these lanes to this process.
    func assign(_ lanes: [Int]) {
        let unopened = state.withLock { state in
            state.wanted.formUnion(lanes)
            let unopened = lanes.filter { state.owners[$0] == nil }
            for lane in unopened { state.owners[lane] = .pool }
            return unopened
        }
        for lane in unopened { open(lane, after: 0) }
        metrics.lanes.set(laneCount)
    }

    /// The group revokes these lanes: returns when they are committed and handed back, or after `seconds`.
    func revoke(_ lanes: [Int], seconds: Double) {
        let holders = state.withLock { state in
            state.wanted.subtract(lanes)
            return lanes.compactMap { lane -> (Int, CopyThread)? in
                guard case .thread(let thread) = state.owners[lane] else { return nil }
                state.owners[lane] = .leaving(for: nil)
                return (lane, thread)
            }
        }
        for (lane, thread) in holders { thread.send(.revoke(lane)) }
        let deadline = MonotonicClock.seconds() + seconds
        let leaving = Set(holders.map(\.0))
        while state.withLock({ state in leaving.contains { state.owners[$0] != nil } }),
            MonotonicClock.seconds() < deadline, !stop.isStopped
        {
            MonotonicClock.sleep(seconds: 0.005)
        }
        metrics.lanes.set(laneCount)
    }

    // MARK: The number of threads

    var laneCount: Int { state.withLock { $0.wanted.count } }

    func add(_ thread: CopyThread) {
        state.withLock { $0.threads.append(thread) }
        balance()
    }

    /// The thread gets no further lanes, and those it has go to others.
    func retire(_ thread: CopyThread) {
        state.withLock { state in state.threads.removeAll { $0 === thread } }
        move(state.withLock { state in state.lanes(of: thread) }, from: thread)
    }

    /// Takes lanes from the fullest threads until no thread has two more than another.
    private func balance() {
        while let (lane, from) = state.withLock({ state -> (Int, CopyThread)? in
            let counts = state.threads.map { ($0, state.lanes(of: $0)) }
            guard let most = counts.max(by: { $0.1.count < $1.1.count }),
                let least = counts.min(by: { $0.1.count < $1.1.count }),
                most.1.count > least.1.count + 1, let lane = most.1.last
            else { return nil }
            return (lane, most.0)
        }) {
            move([lane], from: from)
        }
    }

    private func move(_ lanes: [Int], from thread: CopyThread) {
        for lane in lanes {
            state.withLock { state in state.owners[lane] = .leaving(for: state.leastLoaded) }
            thread.send(.revoke(lane))
        }
    }

    // MARK: A copy thread

    /// The thread hands the lane back, committed.
    func released(_ lane: Lane) {
        let next = state.withLock { state -> CopyThread? in
            guard case .leaving(let wish) = state.owners[lane.number] else { return nil }
            guard state.wanted.contains(lane.number),
                let thread = state.threads.contains(where: { $0 === wish }) ? wish : state.leastLoaded
            else {
                state.owners[lane.number] = nil
                return nil
            }
            state.owners[lane.number] = .thread(thread)
            return thread
        }
        if let next { next.send(.assign(lane)) } else { pool.run { withExtendedLifetime(lane) {} } }
    }

    /// The lane's producer is unusable: a new one is opened, and resumes at the target's progress.
    func failed(_ lane: Lane, _ error: EFDError) {
        metrics.aborted.add()
        log.warning("a transaction failed: its records are copied again", error)
        let attempts = state.withLock { state -> Int? in
            guard state.wanted.contains(lane.number) else {
                state.owners[lane.number] = nil
                return nil
            }
            state.owners[lane.number] = .pool
            state.failures[lane.number, default: 0] += 1
            return state.failures[lane.number]
        }
        if let attempts {
            open(lane.number, after: attempts, dropping: lane)
        } else {
            pool.run { withExtendedLifetime(lane) {} }
        }
    }

    /// The lane has committed: clears its failures.
    func succeeded(_ lane: Int) { state.withLock { $0.failures[lane] = nil } }

    // MARK: The pool

    private func open(_ number: Int, after failures: Int, dropping old: Lane? = nil) {
        let last = Locked(old)
        pool.run { [self] in
            last.withLock { $0 = nil }  // closes the client, which takes a while
            var backoff = Backoff(base: 0.1, cap: 15)
            for _ in 0..<failures { _ = backoff.next() }
            if failures > 0, stop.wait(seconds: backoff.next()) { return }
            while !stop.isStopped, state.withLock({ $0.isToOpen(number) }) {
                do throws(EFDError) {
                    let lane = try opener.open(number, after: backoff.attempt)
                    stalls.clear("lane \(number)")
                    return hand(lane)
                } catch {
                    log.warning("a lane cannot be opened at the target, retrying", error)
                    if !error.isRetriable || backoff.attempt >= Self.patience {
                        stalls.report("lane \(number)", error)
                    }
                    if stop.wait(seconds: backoff.next()) { return }
                }
            }
        }
    }

    private func hand(_ lane: Lane) {
        let thread = state.withLock { state -> CopyThread? in
            guard state.wanted.contains(lane.number), let thread = state.leastLoaded else {
                state.owners[lane.number] = nil
                return nil
            }
            guard case .pool = state.owners[lane.number] else {
                preconditionFailure("lane \(lane.number) has two owners")
            }
            state.owners[lane.number] = .thread(thread)
            return thread
        }
        thread?.send(.assign(lane))
    }
}

extension LaneAssignments.State {
    fileprivate func lanes(of thread: CopyThread) -> [Int] {
        owners.filter { _, owner in
            switch owner {
            case .thread(let holder): holder === thread
            case .leaving(let next): next === thread
            case .pool: false
            }
        }.map(\.key).sorted()
    }

    /// Whether the lane is still wanted; otherwise it has no owner.
    fileprivate mutating func isToOpen(_ lane: Int) -> Bool {
        if wanted.contains(lane) { return true }
        owners[lane] = nil
        return false
    }

    fileprivate var leastLoaded: CopyThread? { threads.min { lanes(of: $0).count < lanes(of: $1).count } }
}
