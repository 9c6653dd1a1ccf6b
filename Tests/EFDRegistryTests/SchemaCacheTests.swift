import EFDCore
import EFDRegistry
import EFDTestKit
import Synchronization
import Testing

@Suite(.serialized) struct SchemaCacheTests {
    /// A registry whose answers a test sets, and a clock that it turns.
    final class Source: Sendable {
        let answers = Locked<[Int32: Result<RegisteredSchema?, EFDError>]>([:])
        let asked = Atomic<Int>(0)
        let time = Locked(0.0)
        let gate: StopToken?

        init(gate: StopToken? = nil) { self.gate = gate }

        func cache(capacity: Int = 100) -> SchemaCache {
            let now: @Sendable () -> Double = { self.time.withLock { $0 } }
            return SchemaCache(capacity: capacity, missingSeconds: 10, now: now) { (id) throws(EFDError) in
                self.asked.add(1, ordering: .relaxed)
                self.gate?.wait()
                return try (self.answers.withLock { $0[id] } ?? .success(nil)).get()
            }
        }

        var requests: Int { asked.load(ordering: .relaxed) }
    }

    static func schema(_ id: Int32) -> RegisteredSchema {
        RegisteredSchema(id: id, subject: nil, version: nil, text: "\"schema \(id)\"")
    }

    @Test func whatWasFoundIsNotAskedForAgain() {
        let source = Source()
        source.answers.withLock { $0[1] = .success(Self.schema(1)) }
        let cache = source.cache()
        for _ in 0..<10 { #expect(cache.schema(1) == .found(Self.schema(1))) }
        #expect(source.requests == 1)
    }

    @Test func whatWasMissingIsAskedForAgainLater() {
        let source = Source()
        let cache = source.cache()
        for _ in 0..<10 { #expect(cache.schema(1) == .missing) }
        #expect(source.requests == 1)
        source.answers.withLock { $0[1] = .success(Self.schema(1)) }
        source.time.withLock { $0 = 9.9 }
        #expect(cache.schema(1) == .missing)
        source.time.withLock { $0 = 10.1 }
        #expect(cache.schema(1) == .found(Self.schema(1)))
        #expect(source.requests == 2)
    }

    @Test func whatCouldNotBeAskedIsNotRemembered() {
        let source = Source()
        let down = EFDError("http.unreachable", "down", recovery: .retry)
        source.answers.withLock { $0[1] = .failure(down) }
        let cache = source.cache()
        #expect(cache.schema(1) == .unreachable(down))
        source.answers.withLock { $0[1] = .success(Self.schema(1)) }
        #expect(cache.schema(1) == .found(Self.schema(1)))
    }

    @Test func manyThreadsMakeOneRequest() {
        let gate = StopToken()
        let source = Source(gate: gate)
        source.answers.withLock { $0[1] = .success(Self.schema(1)) }
        let cache = source.cache()
        let outcomes = BoundedQueue<SchemaCache.Outcome>(capacity: 8)
        let ask: @Sendable () -> Void = { outcomes.push(cache.schema(1)) }
        for _ in 0..<8 { JoinableThread.detach("asker", ask) }
        while source.requests == 0 { MonotonicClock.sleep(seconds: 0.001) }
        MonotonicClock.sleep(seconds: 0.02)
        gate.stop()
        for _ in 0..<8 { #expect(outcomes.pop() == .found(Self.schema(1))) }
        #expect(source.requests == 1)
    }

    @Test func theOldestLeaveWhenItIsFull() {
        let source = Source()
        source.answers.withLock { answers in for id in Int32(0)..<1000 { answers[id] = .success(Self.schema(id)) } }
        let cache = source.cache(capacity: 10)
        for id in Int32(0)..<1000 { #expect(cache.schema(id) == .found(Self.schema(id))) }
        #expect(source.requests == 1000)
        for id in Int32(990)..<1000 { #expect(cache.schema(id) == .found(Self.schema(id))) }
        #expect(source.requests == 1000)
        #expect(cache.schema(5) == .found(Self.schema(5)))
        #expect(source.requests == 1001)
    }
}
