import EFDCore

/// Caches schemas by id: each is requested once, however many threads need it.
///
/// A schema stays cached (an id never changes its schema). A missing id is requested again after a while, since a
/// schema may arrive after the first record that uses it. Failed requests are not cached.
public final class SchemaCache: Sendable {
    public enum Outcome: Sendable, Equatable {
        case found(RegisteredSchema)
        /// The registry answered that it has no such id.
        case missing
        /// The registry did not answer, or not usably; the error says whether to retry.
        case unreachable(EFDError)
    }

    public typealias Fetch = @Sendable (Int32) throws(EFDError) -> RegisteredSchema?

    /// A request in progress; `arrived` stops once `outcome` is set.
    private final class Flight: Sendable {
        let arrived = StopToken()
        let outcome = Locked<Outcome?>(nil)
    }

    private enum Entry {
        case found(RegisteredSchema)
        case missing(until: Double)
        case flying(Flight)
    }

    private enum Step {
        case done(Outcome)
        case wait(Flight)
        case fetch(Flight)
    }

    private struct State {
        var entries: [Int32: Entry] = [:]
        /// Ids of completed entries, oldest first; the first `evicted` of them are gone.
        var order: [Int32] = []
        var evicted = 0
    }

    private let state = Locked(State())
    private let fetch: Fetch
    private let capacity: Int
    private let missingSeconds: Double
    private let now: @Sendable () -> Double
    private let hits: Counter
    private let misses: Counter

    /// `missingSeconds`: how long an id counts as missing before the registry is asked again. `now` is in seconds and
    /// never decreases.
    public init(
        capacity: Int = 20_000, missingSeconds: Double = 10, metrics: Metrics = Metrics(),
        now: @escaping @Sendable () -> Double = MonotonicClock.seconds,
        fetch: @escaping Fetch
    ) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.missingSeconds = missingSeconds
        self.now = now
        self.fetch = fetch
        hits = metrics.counter("efd_registry_cache_hits_total", "Schema ids found in the cache.")
        misses = metrics.counter("efd_registry_cache_misses_total", "Schema ids requested from the registry.")
    }

    public convenience init(
        _ client: RegistryClient, capacity: Int = 20_000, missingSeconds: Double = 10, metrics: Metrics = Metrics()
    ) {
        self.init(capacity: capacity, missingSeconds: missingSeconds, metrics: metrics) { (id) throws(EFDError) in
            try client.schema(id: id)
        }
    }

    /// Waits for the registry if the id is new.
    public func schema(_ id: Int32) -> Outcome {
        switch step(id) {
        case .done(let outcome):
            hits.add()
            return outcome
        case .wait(let flight):
            flight.arrived.wait()
            return flight.outcome.withLock { $0! }
        case .fetch(let flight):
            misses.add()
            let outcome = ask(id)
            complete(id, outcome)
            flight.outcome.withLock { $0 = outcome }
            flight.arrived.stop()
            return outcome
        }
    }

    private func step(_ id: Int32) -> Step {
        let time = now()
        return state.withLock { state in
            switch state.entries[id] {
            case .found(let schema): return .done(.found(schema))
            case .missing(let until) where until > time: return .done(.missing)
            case .flying(let flight): return .wait(flight)
            case .missing, nil:
                let flight = Flight()
                state.entries[id] = .flying(flight)
                return .fetch(flight)
            }
        }
    }

    private func ask(_ id: Int32) -> Outcome {
        do throws(EFDError) {
            return try fetch(id).map { .found($0) } ?? .missing
        } catch {
            return .unreachable(error)
        }
    }

    private func complete(_ id: Int32, _ outcome: Outcome) {
        let until = now() + missingSeconds
        state.withLock { state in
            switch outcome {
            case .found(let schema): state.entries[id] = .found(schema)
            case .missing: state.entries[id] = .missing(until: until)
            case .unreachable:
                state.entries[id] = nil
                return
            }
            state.order.append(id)
            evict(&state)
        }
    }

    /// Ids that were requested again after they were missing are in `order` twice: they are evicted a little early.
    private func evict(_ state: inout State) {
        while state.order.count - state.evicted > capacity {
            let oldest = state.order[state.evicted]
            state.evicted += 1
            if case .flying = state.entries[oldest] { continue }
            state.entries[oldest] = nil
        }
        if state.evicted > capacity {
            state.order.removeFirst(state.evicted)
            state.evicted = 0
        }
    }
}
