import EFDAvro
import EFDCore
import EFDKafka
import EFDSink

/// What a test wants to happen between the runtime and a sink, and what the runtime called: of one connector.
final class SinkScript: Sendable {
    enum Call: String, Sendable { case open, makeWriter, position, prepare, write, flush }

    struct Fault: Sendable {
        let error: EFDError
        var retryAfter: Double?
    }

    /// What a call comes to.
    enum Turn {
        /// The sink is called.
        case forward
        case fail(Fault)
        case fence(EFDError)
    }

    private struct State {
        /// The next calls fail with these, in order.
        var faults: [Call: [Fault]] = [:]
        /// Every call fails with this.
        var standing: [Call: Fault] = [:]
        var refused: [TopicPartition: EFDError] = [:]
        var refusedTopics: [String: EFDError] = [:]
        /// How often each call may be made before the writer is fenced, or the process dies.
        var fenceAfter: [Call: Int] = [:]
        var deathAfter: [Call: (count: Int, isForwarded: Bool)] = [:]
        var isDead = false
        var holdsFlush = false
        var calls: [(call: Call, at: Double, hasFailed: Bool)] = []
        var acceptedRows = 0
        var waiting = 0
        var gate: Gate?
    }

    /// Writes wait here after some have passed.
    private struct Gate {
        let writer: Int?
        var passes: Int
        let opened = StopToken()
    }

    static let passing = EFDError("conform.busy", "the destination is busy", recovery: .retry)
    static let lasting = EFDError("conform.password", "the password is wrong", remedy: "Give the right one.")
    static let refusal = EFDError("conform.refused", "the table has another shape", remedy: "Alter the table.")
    static let fencing = EFDError("conform.fenced", "another process stores these partitions")
    private static let death = EFDError("conform.dead", "this process is dead", recovery: .retry)

    private let state = Locked(State())
    let watch = CallWatch()

    // MARK: Orders

    func fail(_ call: Call, times: Int = 1, _ error: EFDError = passing, retryAfter: Double? = nil) {
        let faults = Array(repeating: Fault(error: error, retryAfter: retryAfter), count: times)
        state.withLock { $0.faults[call, default: []] += faults }
    }

    /// Every call fails until it is nil.
    func failAlways(_ call: Call, _ error: EFDError?, retryAfter: Double? = nil) {
        state.withLock { $0.standing[call] = error.map { Fault(error: $0, retryAfter: retryAfter) } }
    }

    /// Batches of the partition are refused that do not begin at its first record.
    func refuse(_ partition: TopicPartition, _ isRefused: Bool = true) {
        state.withLock { $0.refused[partition] = isRefused ? Self.refusal : nil }
    }

    /// `prepare` refuses the topic.
    func refuse(topic: String, _ isRefused: Bool = true) {
        state.withLock { $0.refusedTopics[topic] = isRefused ? Self.refusal : nil }
    }

    /// The call after `count` of them is answered with `fenced`.
    func fence(_ call: Call, after count: Int) { state.withLock { $0.fenceAfter[call] = count } }

    /// The process dies at the call after `count` of them: before the sink is called, or before the runtime learns what
    /// came of it.
    func die(_ call: Call, after count: Int, isForwarded: Bool) {
        state.withLock { $0.deathAfter[call] = (count, isForwarded) }
    }

    /// From now on nothing reaches the sink.
    func die() {
        let gate = state.withLock { state in
            state.isDead = true
            return state.gate
        }
        gate?.opened.stop()
    }

    /// Buffered rows are not due, until they are released or must all be flushed.
    func holdFlush(_ isHeld: Bool) { state.withLock { $0.holdsFlush = isHeld } }

    /// Writes wait after `passes` of them; of one writer, or of all.
    func closeGate(after passes: Int, writer: Int? = nil) {
        state.withLock { $0.gate = Gate(writer: writer, passes: passes) }
    }

    func openGate() { state.withLock { $0.gate }?.opened.stop() }

    // MARK: What happened

    var isDead: Bool { state.withLock { $0.isDead } }
    /// Rows that the sink reported as written, repeated ones included.
    var acceptedRows: Int { state.withLock { $0.acceptedRows } }
    /// Writes that wait at the gate.
    var waitingWrites: Int { state.withLock { $0.waiting } }
    func count(_ call: Call) -> Int { state.withLock { $0.calls.filter { $0.call == call }.count } }
    func failures(_ call: Call) -> Int {
        state.withLock { $0.calls.filter { $0.call == call && $0.hasFailed }.count }
    }

    /// The shortest time from a call that the script failed to the next one of its kind.
    func shortestRetry(_ call: Call) -> Double? {
        let calls = state.withLock { $0.calls.filter { $0.call == call } }
        return zip(calls, calls.dropFirst()).filter { $0.0.hasFailed }.map { $1.at - $0.at }.min()
    }

    // MARK: The sink's side

    /// Decides on a call, and counts it.
    func turn(_ call: Call) -> Turn {
        state.withLock { state in
            let turn = Self.decide(call, &state)
            var hasFailed = false
            if case .fail = turn { hasFailed = true }
            state.calls.append((call, MonotonicClock.seconds(), hasFailed))
            return turn
        }
    }

    private static func decide(_ call: Call, _ state: inout State) -> Turn {
        if state.isDead { return .fail(Fault(error: death)) }
        if let standing = state.standing[call] { return .fail(standing) }
        if var faults = state.faults[call], !faults.isEmpty {
            let fault = faults.removeFirst()
            state.faults[call] = faults
            return .fail(fault)
        }
        if let left = state.fenceAfter[call] {
            if left == 0 { return .fence(fencing) }
            state.fenceAfter[call] = left - 1
        }
        if let death = state.deathAfter[call] {
            state.deathAfter[call] = (death.count - 1, death.isForwarded)
            if death.count == 0 {
                state.isDead = true
                return death.isForwarded ? .forward : .fail(Fault(error: Self.death))
            }
        }
        return .forward
    }

    /// What a dead process hears of a call that reached the sink.
    var afterlife: Fault? { isDead ? Fault(error: Self.death) : nil }

    func refusals(of batches: [TopicBatch]) -> [Refusal] {
        let refused = state.withLock { $0.refused }
        return batches.enumerated().compactMap { index, batch in
            guard batch.offsets.first != 0, let reason = refused[TopicPartition(batch.topic, batch.partition)] else {
                return nil
            }
            return Refusal(batch: index, reason: reason)
        }
    }

    func refusal(ofTopic topic: String) -> EFDError? { state.withLock { $0.refusedTopics[topic] } }
    var holdsFlush: Bool { state.withLock { $0.holdsFlush } }
    func accepted(_ rows: Int) { state.withLock { $0.acceptedRows += rows } }

    /// Waits where the gate is closed.
    func pass(writer: Int) {
        let gate = state.withLock { state -> Gate? in
            guard let gate = state.gate, gate.writer ?? writer == writer else { return nil }
            if gate.passes > 0 {
                state.gate?.passes -= 1
                return nil
            }
            state.waiting += 1
            return gate
        }
        guard let gate else { return }
        gate.opened.wait()
        state.withLock { $0.waiting -= 1 }
    }
}
