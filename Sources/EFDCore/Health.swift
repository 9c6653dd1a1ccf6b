/// Whether the parts of the process are alive and can do their job now, each with a reason that a person can act on.
///
/// The process has one; each connector that it hosts has a `child`, whose conditions and heartbeats count for the
/// process under the child's name.
public final class Health: Sendable {
    public struct Condition: Sendable, Equatable {
        /// `kafka`, or `connector/kafka` for a condition of a child.
        public let name: String
        public let isMet: Bool
        /// The problem and its remedy, or the current state if there is no problem.
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
        var children: [(name: String, health: Health)] = []
    }
    private let state = Locked(State())

    public init() {}

    /// The process is ready when every condition that was set, and not cleared since, is met.
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

    /// The condition no longer matters.
    public func clear(_ name: String) { state.withLock { state in state.conditions.removeAll { $0.name == name } } }

    /// The conditions in the order they were first set, then those of the children. Empty while the process starts.
    public var conditions: [Condition] {
        let (own, children) = state.withLock { ($0.conditions, $0.children) }
        return own
            + children.flatMap { child in
                child.health.conditions.map {
                    Condition(name: "\(child.name)/\($0.name)", isMet: $0.isMet, message: $0.message)
                }
            }
    }

    public var isReady: Bool {
        let conditions = conditions
        return !conditions.isEmpty && conditions.allSatisfy(\.isMet)
    }

    /// A thread with a loop calls `beat` in each round; without a beat for `maximumAge` seconds the process is not
    /// alive.
    public func expectBeats(of name: String, maximumAge: Double) {
        let beat = Beat(name: name, maximumAge: maximumAge, last: MonotonicClock.nanoseconds())
        state.withLock { state in
            state.beats.removeAll { $0.name == name }
            state.beats.append(beat)
        }
    }

    public func beat(_ name: String) {
        let now = MonotonicClock.nanoseconds()
        state.withLock { state in
            if let index = state.beats.firstIndex(where: { $0.name == name }) { state.beats[index].last = now }
        }
    }

    /// The thread ends as planned: expect no further beats.
    public func endBeats(of name: String) { state.withLock { state in state.beats.removeAll { $0.name == name } } }

    /// The threads without a beat for too long, with the age of their last one in seconds. Empty: the process is alive.
    /// Does not depend on remote systems.
    public var stalled: [(name: String, age: Double)] {
        let now = MonotonicClock.nanoseconds()
        let (own, children) = state.withLock { ($0.beats, $0.children) }
        let late = own.map { (name: $0.name, age: Double(now - $0.last) / 1e9, limit: $0.maximumAge) }
            .filter { $0.age > $0.limit }
        return late.map { ($0.name, $0.age) }
            + children.flatMap { child in child.health.stalled.map { ("\(child.name)/\($0.name)", $0.age) } }
    }

    // MARK: Children

    /// Conditions and heartbeats of one connector. Replaces a child of the same name.
    public func child(_ name: String) -> Health {
        let made = Health()
        state.withLock { state in
            state.children.removeAll { $0.name == name }
            state.children.append((name, made))
        }
        return made
    }

    /// The child's conditions and heartbeats no longer count.
    public func remove(_ child: Health) {
        state.withLock { state in state.children.removeAll { $0.health === child } }
    }
}
