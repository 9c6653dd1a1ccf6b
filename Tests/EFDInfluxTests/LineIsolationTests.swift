import EFDCore
import EFDTestKit
import Testing

@testable import EFDInflux

/// Against a server of a few lines that behaves as the real ones were seen to: it names one reason only, and may keep
/// good lines from being stored.
@Suite("Isolation of refused lines")
struct LineIsolationTests {
    private static let reason = EFDError("influx.fieldTypeConflict", "no", recovery: .reject)

    private func batch(_ texts: [String], times: [Int64] = []) -> LineBatch {
        var batch = LineBatch(capacity: 1000)
        for (index, text) in texts.enumerated() {
            let start = batch.byteCount
            batch.buffer.append(Array(text.utf8))
            batch.endLine(from: start, time: times.isEmpty ? 0 : times[index], batch: 0, row: index)
        }
        return batch
    }

    @Test("Whatever lines are bad, exactly they are refused and all others stored", arguments: 1...60)
    func exact(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...200, using: &generator)
        let share = [0, 0.01, 0.1, 0.5, 1].randomElement(using: &generator)!
        // 0: good; 1 and 2: bad for one of two reasons.
        let kinds = (0..<count).map { _ in
            Double.random(in: 0..<1, using: &generator) < share ? Int.random(in: 1...2, using: &generator) : 0
        }
        let texts = kinds.map { $0 == 0 ? "m a=1i 1" : $0 == 1 ? "m a=1.5 1" : "n b=t 1" }
        let namesClue = Bool.random(using: &generator)
        var stored: Set<Int> = []
        var isolation = LineIsolation(retention: nil, now: 0)
        let failure = isolation.isolate(batch(texts)) { _, part in
            let first = part.first { kinds[$0] != 0 }
            guard let first else {
                stored.formUnion(part)
                return .stored
            }
            let same = part.filter { kinds[$0] == kinds[first] }
            if Bool.random(using: &generator) { stored.formUnion(part.filter { kinds[$0] == 0 }) }
            let clue = LineRefusal.Clue.field(kinds[first] == 1 ? "a" : "b", measurement: kinds[first] == 1 ? "m" : "n")
            return .refused(
                LineRefusal(
                    reason: Self.reason, clue: namesClue ? clue : .none,
                    dropped: Bool.random(using: &generator) ? same.count : nil))
        }
        #expect(failure == nil)
        #expect(isolation.refused.map(\.line) == kinds.indices.filter { kinds[$0] != 0 })
        #expect(stored.isSuperset(of: kinds.indices.filter { kinds[$0] == 0 }))
        #expect(isolation.requests <= 2 * count - 2)
    }

    @Test("A topic whose field changed its type costs two more requests, however many lines it has")
    func commonCase() {
        let texts = (0..<10_000).map { $0 % 3 == 0 ? "bad\\ name,t=1 x=2i,a\\=b=1.5 \($0)" : "good a\\=b=1i \($0)" }
        var isolation = LineIsolation(retention: nil, now: 0)
        let failure = isolation.isolate(batch(texts)) { _, part in
            let bad = part.filter { $0 % 3 == 0 }.count
            return bad == 0
                ? .stored
                : .refused(LineRefusal(reason: Self.reason, clue: .field("a=b", measurement: "bad name"), dropped: bad))
        }
        #expect(failure == nil)
        #expect(isolation.refused.count == 3334)
        #expect(isolation.requests == 2)
    }

    @Test("Expired points are identified by their time")
    func expired() {
        let times = (0..<1000).map { Int64($0 % 7 == 0 ? 5 : 5_000_000_000) }
        var isolation = LineIsolation(retention: 1, now: 5_500_000_000)
        let failure = isolation.isolate(batch(times.map { "m a=1 \($0)" }, times: times)) { _, part in
            let bad = part.filter { times[$0] == 5 }.count
            return bad == 0
                ? .stored : .refused(LineRefusal(reason: Self.reason, clue: .olderThanRetention, dropped: bad))
        }
        #expect(failure == nil)
        #expect(isolation.refused.map(\.line) == times.indices.filter { $0 % 7 == 0 })
        #expect(isolation.requests == 2)
    }

    @Test("A request that is too large is split; one line that is too large is rejected")
    func tooLarge() {
        var isolation = LineIsolation(retention: nil, now: 0)
        let error = EFDError("influx.requestTooLarge", "", recovery: .reject)
        let failure = isolation.isolate(batch((0..<100).map { "m a=\($0) 1" })) { _, part in
            part.count > 10 || part.contains(42) ? .tooLarge(error) : .stored
        }
        #expect(failure == nil)
        #expect(isolation.refused.map(\.line) == [42])
    }

    @Test("A server that disappears in between decides nothing")
    func failure() {
        var isolation = LineIsolation(retention: nil, now: 0)
        let gone = EFDError("http.unreachable", "", recovery: .retry)
        let failure = isolation.isolate(batch(["m a=1 1", "m a=2 1"])) { _, part in
            part.count == 2
                ? .refused(LineRefusal(reason: Self.reason, clue: .none, dropped: 1)) : .failed(gone, retryAfter: nil)
        }
        #expect(failure == .failed(gone, retryAfter: nil))
    }
}

extension LineIsolation {
    /// As the writer does it: sends all lines first.
    fileprivate mutating func isolate(
        _ batch: borrowing LineBatch, _ send: (borrowing LineBatch, ArraySlice<Int>) -> WriteVerdict
    ) -> WriteVerdict? {
        run(batch, after: send(batch, batch.lines.indices.map { $0 }[...]), send)
    }
}
