/// Whether the process is alive and whether it can do its job now, each with reasons that a person can act on.
public final class Health: Sendable {
    public struct Condition: Sendable, Equatable {
        public let name: String
        public let isMet: Bool
        /// What is wrong and what to do, or what goes well.
        public let message: String
    }

    private struct Beat {
        let name: String
        let maximumAge: Double
        var last: Int64
    }

    private struct State {
        var conditions: [Condition] = []
        var beats: [Beat] = []
    }
    private let state = Locked(State())

    public init() {}

    /// Readiness needs every condition that was ever set to be met.
    public func set(_ name: String, isMet: Bool, _ message: String) {
        let condition = Condition(name: name, isMet: isMet, message: message)
        state.withLock { state in
            if let index = state.conditions.firstIndex(where: { $0.name == name }) {
                state.conditions[index] = condition
            } else {
                state.conditions.append(condition)
            }
        }
    }

    /// The conditions in the order they were first set. With none set, the process is still starting.
    public var conditions: [Condition] { state.withLock { $0.conditions } }
    public var isReady: Bool { state.withLock { !$0.conditions.isEmpty && $0.conditions.allSatisfy(\.isMet) } }

    /// A thread that must go round its loop calls `beat` each time; without a beat for `maximumAge` seconds the process
    /// is not alive.
    public func expectBeats(of name: String, maximumAge: Double) {
        let beat = Beat(name: name, maximumAge: maximumAge, last: MonotonicClock.nanoseconds())
        state.withLock { $0.beats.append(beat) }
    }

    public func beat(_ name: String) {
        let now = MonotonicClock.nanoseconds()
        state.withLock { state in
            if let index = state.beats.firstIndex(where: { $0.name == name }) { state.beats[index].last = now }
        }
    }

    /// A thread that ended in good order is not missed.
    public func endBeats(of name: String) { state.withLock { state in state.beats.removeAll { $0.name == name } } }

    /// The threads that stand still, with the age of their last beat in seconds. Empty: alive. Depends on no remote
    /// system.
    public var stalled: [(name: String, age: Double)] {
        let now = MonotonicClock.nanoseconds()
        return state.withLock { state in
            state.beats.map { (name: $0.name, age: Double(now - $0.last) / 1e9, limit: $0.maximumAge) }.filter {
                $0.age > $0.limit
            }.map { ($0.name, $0.age) }
        }
    }
}
