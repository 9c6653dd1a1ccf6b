import EFDAvro
import EFDCore
import EFDRegistry

/// Compiled plans by schema id, shared by all connectors of a process with the same registry: each schema is requested
/// and compiled once.
///
/// A dedicated thread queries the registry, so that a slow or unavailable registry delays only the records that need
/// it.
final class SchemaPlans: Sendable {
    enum Answer {
        case plan(AvroPlan)
        /// Records of this schema cannot be decoded.
        case unusable(EFDError)
        /// The registry does not have the id.
        case missing
        /// Unknown yet, and why; ask again.
        case pending(EFDError)
    }

    /// A request in progress; `arrived` stops with the answer.
    private final class Flight: Sendable {
        let arrived = StopToken()
    }

    private struct State {
        var known: [Int32: Answer] = [:]
        var flights: [Int32: Flight] = [:]
        /// Why the last request failed; nil: the registry answered.
        var failure: EFDError?
    }

    private let cache: SchemaCache
    private let state = Locked(State())
    private let requests = BoundedQueue<Int32>(capacity: 4096)
    private let thread: Locked<JoinableThread?>

    init(_ cache: SchemaCache) {
        self.cache = cache
        let (queue, state) = (requests, state)
        thread = Locked(
            JoinableThread("schemas") {
                while let id = queue.pop() { Self.answer(id, cache, state) }
            })
    }

    /// Ends the thread. No call may follow.
    func close() {
        requests.close()
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
    }

    /// Waits briefly for a new schema, unless the registry does not answer.
    func answer(_ id: Int32) -> Answer {
        let (known, flight, failure) = state.withLock { state -> (Answer?, Flight?, EFDError?) in
            if let known = state.known[id] { return (known, nil, nil) }
            if let flight = state.flights[id] { return (nil, flight, state.failure) }
            let flight = Flight()
            state.flights[id] = flight
            return (nil, requests.tryPush(id) == nil ? flight : nil, state.failure)
        }
        if let known { return known }
        if failure == nil { flight?.arrived.wait(seconds: SinkLimits.schemaWait) }
        return state.withLock { state in
            if let known = state.known[id] { return known }
            if flight == nil { state.flights[id] = nil }
            return state.failure.map { .pending($0) }
                ?? (flight?.arrived.isStopped == true ? .missing : .pending(Self.slow(id)))
        }
    }

    private static func slow(_ id: Int32) -> EFDError {
        EFDError(.sinkSchemaPending, "the registry has not answered yet for schema \(id)", recovery: .retry)
    }

    private static func answer(_ id: Int32, _ cache: SchemaCache, _ state: Locked<State>) {
        var known: Answer?
        var failure: EFDError?
        switch cache.schema(id) {
        case .found(let schema): known = compile(schema, id)
        case .missing: break
        case .unreachable(let error): failure = error
        }
        let flight = state.withLock { state in
            if let known { state.known[id] = known }
            state.failure = failure
            return state.flights.removeValue(forKey: id)
        }
        flight?.arrived.stop()
    }

    private static func compile(_ schema: RegisteredSchema, _ id: Int32) -> Answer {
        guard schema.type == "AVRO" else {
            return .unusable(
                EFDError(
                    .sinkSchemaNotAvro, "schema \(id) is of type \(schema.type), and only Avro records are decoded",
                    remedy: "Exclude the topic with --exclude-regex, or store it with a tool that reads this type.",
                    recovery: .reject))
        }
        do throws(EFDError) {
            return .plan(try AvroPlan(try AvroSchema.parse(schema.text)))
        } catch {
            return .unusable(
                EFDError(error.code, "schema \(id): \(error.message)", remedy: error.remedy, recovery: .reject))
        }
    }
}
