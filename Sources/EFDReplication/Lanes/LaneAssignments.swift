import EFDCore

/// Which lanes this process should have, and which copy thread has them. Every change of hands goes through here.
final class LaneAssignments: Sendable {
    fileprivate enum Place {
        case opening
        case held(by: CopyThread)
        /// On its way from one copy thread to another, or given up.
        case moving(to: CopyThread?)
    }

    fileprivate struct State {
        var wanted: Set<Int> = []
        var places: [Int: Place] = [:]
        var threads: [CopyThread] = []
        var failures: [Int: Int] = [:]
    }

    private let state = Locked(State())
    private let opener: LaneOpener
    private let crew: BlockingPool
    private let troubles: StalledPartitions
    private let metrics: ReplicatorMetrics
    private let log: Log
    private let stop: StopToken
    /// Failed attempts after which readiness is told.
    private static let patience = 3

    init(
        opener: LaneOpener, crew: BlockingPool, troubles: StalledPartitions, metrics: ReplicatorMetrics, log: Log,
        stop: StopToken
    ) {
        (self.opener, self.crew, self.troubles, self.metrics, self.log, self.stop) = (
            opener, crew, troubles, metrics, log, stop
        )
    }

    // MARK: The group's thread

    /// These lanes are this process's now.
    func want(_ lanes: [Int]) {
        let due = state.withLock { state in
            state.wanted.formUnion(lanes)
            let due = lanes.filter { state.places[$0] == nil }
            for lane in due { state.places[lane] = .opening }
            return due
        }
        for lane in due { open(lane, after: 0) }
        tell()
    }

    /// These lanes are another's soon: returns when they are committed and given up, or after `seconds`.
    func giveUp(_ lanes: [Int], seconds: Double) {
        let holders = state.withLock { state in
            state.wanted.subtract(lanes)
            return lanes.compactMap { lane -> (Int, CopyThread)? in
                guard case .held(let thread) = state.places[lane] else { return nil }
                state.places[lane] = .moving(to: nil)
                return (lane, thread)
            }
        }
        for (lane, thread) in holders { thread.send(.give(lane)) }
        let deadline = MonotonicClock.seconds() + seconds
        let given = Set(holders.map(\.0))
        while state.withLock({ state in given.contains { state.places[$0] != nil } }),
            MonotonicClock.seconds() < deadline, !stop.isStopped
        {
            MonotonicClock.sleep(seconds: 0.005)
        }
        tell()
    }

    // MARK: Threads

    var threads: [CopyThread] { state.withLock { $0.threads } }
    var laneCount: Int { state.withLock { $0.wanted.count } }

    func add(_ thread: CopyThread) {
        state.withLock { $0.threads.append(thread) }
        balance()
    }

    /// No lane goes to this thread any more, and those it has go to others.
    func retire(_ thread: CopyThread) {
        state.withLock { state in state.threads.removeAll { $0 === thread } }
        move(state.withLock { state in state.lanes(of: thread) }, from: thread)
    }

    func lanes(of thread: CopyThread) -> [Int] { state.withLock { $0.lanes(of: thread) } }

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
            state.withLock { state in state.places[lane] = .moving(to: state.leastLoaded) }
            thread.send(.give(lane))
        }
    }

    // MARK: A copy thread

    /// The thread gives the lane up, committed. Its holder is to drop it afterwards.
    func released(_ lane: Lane) {
        let next = state.withLock { state -> CopyThread? in
            guard case .moving(let wish) = state.places[lane.number] else { return nil }
            guard state.wanted.contains(lane.number),
                let thread = state.threads.contains(where: { $0 === wish }) ? wish : state.leastLoaded
            else {
                state.places[lane.number] = nil
                return nil
            }
            state.places[lane.number] = .held(by: thread)
            return thread
        }
        if let next { next.send(.take(lane)) } else { crew.run { withExtendedLifetime(lane) {} } }
    }

    /// The lane's producer is of no more use. It is made anew, and goes on at what the target knows.
    func failed(_ lane: Lane, _ error: EFDError) {
        metrics.aborted.add()
        log.warning("a transaction came to nothing: its records are copied again", error)
        let attempts = state.withLock { state -> Int? in
            guard state.wanted.contains(lane.number) else {
                state.places[lane.number] = nil
                return nil
            }
            state.places[lane.number] = .opening
            state.failures[lane.number, default: 0] += 1
            return state.failures[lane.number]
        }
        if let attempts {
            open(lane.number, after: attempts, dropping: lane)
        } else {
            crew.run { withExtendedLifetime(lane) {} }
        }
    }

    /// The lane works: its faults are forgotten.
    func succeeded(_ lane: Int) { state.withLock { $0.failures[lane] = nil } }

    // MARK: The crew

    private func open(_ number: Int, after failures: Int, dropping old: Lane? = nil) {
        let held = Locked(old)
        crew.run { [self] in
            held.withLock { $0 = nil }  // ends the client, which takes a while
            var backoff = Backoff(base: 0.1, cap: 15)
            for _ in 0..<failures { _ = backoff.next() }
            if failures > 0, stop.wait(seconds: backoff.next()) { return }
            while !stop.isStopped, state.withLock({ $0.wanted.contains(number) }) {
                do throws(EFDError) {
                    let lane = try opener.open(number, after: backoff.attempt)
                    troubles.clear("lane \(number)")
                    return hand(lane)
                } catch {
                    log.warning("a lane cannot be opened at the target, trying again", error)
                    if !error.isRetriable || backoff.attempt >= Self.patience { troubles.tell("lane \(number)", error) }
                    if stop.wait(seconds: backoff.next()) { return }
                }
            }
            state.withLock { $0.places[number] = nil }
        }
    }

    private func hand(_ lane: Lane) {
        let thread = state.withLock { state -> CopyThread? in
            guard state.wanted.contains(lane.number), let thread = state.leastLoaded else {
                state.places[lane.number] = nil
                return nil
            }
            state.places[lane.number] = .held(by: thread)
            return thread
        }
        thread?.send(.take(lane))
    }

    private func tell() { metrics.lanes.set(laneCount) }
}

extension LaneAssignments.State {
    fileprivate func lanes(of thread: CopyThread) -> [Int] {
        places.filter { _, place in
            switch place {
            case .held(let holder): holder === thread
            case .moving(let next): next === thread
            case .opening: false
            }
        }.map(\.key).sorted()
    }

    fileprivate var leastLoaded: CopyThread? { threads.min { lanes(of: $0).count < lanes(of: $1).count } }
}
