import Testing

@testable import EFDKafka

@Suite struct FetchPlannerTests {
    private func planner(few: Int = 2, busy: Int = 512, sources: Int) -> FetchPlanner {
        var planner = FetchPlanner(FetchLimits(few: few, busy: busy))
        for source in 0..<sources { planner.assign(source, at: PartitionOffset.none) }
        return planner
    }

    /// Three polls with records of each, and the moves that follow.
    private func read(_ planner: inout FetchPlanner, _ sources: [Int], at now: Double) -> [FetchPlanner.Move] {
        for offset in 0..<3 as Range<Int64> {
            for source in sources { planner.read(source, through: offset, at: now) }
        }
        return planner.moves(at: now)
    }

    @Test func fewPartitionsStayWithTheMember() {
        var planner = planner(sources: 2)
        #expect(planner.place(of: 0) == .member && !planner.isMany)
        #expect(read(&planner, [0, 1], at: 1) == [])
    }

    @Test func ofManyThoseWithRecordsBecomeBusyAndLaterQuietAgain() {
        var planner = planner(sources: 10)
        #expect((0..<10).allSatisfy { planner.place(of: $0) == .member })
        #expect(
            read(&planner, [3, 7], at: 1) == [
                .init(source: 3, from: .member, to: .busy, offset: 3),
                .init(source: 7, from: .member, to: .busy, offset: 3),
            ])
        planner.read(7, through: 9, at: 20)
        #expect(planner.moves(at: 30) == [])
        #expect(planner.moves(at: 32) == [.init(source: 3, from: .busy, to: .member, offset: 3)])
        #expect(planner.place(of: 3) == .member && planner.place(of: 7) == .busy)
    }

    @Test func aFewRecordsWithinTheWindowAreNeeded() {
        var planner = planner(sources: 10)
        for (offset, time) in zip(Int64(0)..., [0.0, 40, 80, 120]) {
            planner.read(1, through: offset, at: time)
            #expect(planner.moves(at: time) == [])
        }
        planner.read(1, through: 4, at: 145)
        #expect(planner.moves(at: 145).map(\.to) == [.busy])
    }

    @Test func aFullBusyHandleTakesTheMoreActive() {
        var planner = planner(busy: 1, sources: 10)
        #expect(read(&planner, [0], at: 1).map(\.source) == [0])
        #expect(read(&planner, [1], at: 2) == [])
        planner.read(1, through: 7, at: 6.5)
        #expect(planner.moves(at: 7).map(\.source) == [0, 1])
        #expect(planner.place(of: 0) == .member && planner.place(of: 1) == .busy)
    }

    @Test func partitionsAreManyUntilAllAreReleased() {
        var planner = planner(sources: 2)
        planner.read(0, through: 41, at: 0)
        planner.assign(2, at: 5)
        #expect(planner.isMany)
        #expect(read(&planner, [0], at: 1) == [.init(source: 0, from: .member, to: .busy, offset: 3)])
        planner.release(0)
        planner.release(1)
        #expect(planner.isMany)
        planner.release(2)
        #expect(!planner.isMany)
    }

    @Test func aPausedPartitionStays() {
        var planner = planner(sources: 10)
        _ = read(&planner, [3], at: 1)
        planner.pause(3)
        #expect(planner.moves(at: 500) == [] && planner.isPaused(3))
        planner.resume(3, at: 501)
        #expect(planner.moves(at: 503) == [])
        #expect(planner.moves(at: 600).map(\.to) == [.member])
    }

    /// Handles as librdkafka's: records that were fetched before a partition was unassigned still arrive, those from
    /// before it was assigned or sought do not. Whatever happens, each record is delivered once and in order.
    @Test(arguments: 0..<40) func randomHistoriesDeliverEachRecordOnceAndInOrder(seed: Int) {
        var history = History(seed: UInt64(seed))
        for _ in 0..<4000 { history.step() }
        history.finish()
        #expect(history.faults == [])
        #expect(history.moveCount > 20)
    }
}

private struct History {
    struct Record {
        let source: Int
        let offset: Int64
        let place: FetchPlace
        let version: Int
    }

    struct Cursor {
        var next: Int64
        var version: Int
    }

    var random: Generator
    var planner = FetchPlanner(FetchLimits(few: 5, busy: 3, window: 2, patience: 1, patienceWhenFull: 0.3))
    var now = 0.0
    var logs = [Int64](repeating: 0, count: 12)
    var delivered = [Int64](repeating: 0, count: 12)
    var cursors: [FetchPlace: [Int: Cursor]] = [:]
    var queue: [Record] = []
    var version = 0
    var faults: [String] = []
    var moveCount = 0

    init(seed: UInt64) { random = Generator(state: seed &* 0x9e37_79b9 &+ 1) }

    mutating func step() {
        let source = Int.random(in: 0..<logs.count, using: &random)
        now += Double.random(in: 0..<0.02, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: logs[source] += Int64.random(in: 1...3, using: &random)
        case 30..<50: logs[source % 3] += 1
        case 50..<65: fetch(Int.random(in: 1...4, using: &random))
        case 65..<90: poll(Int.random(in: 1...6, using: &random))
        case 90..<92: planner.place(of: source) == nil ? assign(source) : release(source)
        case 92..<94: planner.pause(source)
        case 94..<97: planner.resume(source, at: now)
        default: seekBack(source)
        }
        check()
    }

    mutating func fetch(_ count: Int) {
        for place in FetchPlace.allCases {
            for (source, cursor) in cursors[place] ?? [:] where !planner.isPaused(source) {
                let end = min(logs[source], cursor.next + Int64(count))
                for offset in cursor.next..<max(cursor.next, end) {
                    queue.append(Record(source: source, offset: offset, place: place, version: cursor.version))
                }
                cursors[place]?[source]?.next = max(cursor.next, end)
            }
        }
    }

    mutating func poll(_ count: Int) {
        for record in queue.prefix(count) {
            let cursor = cursors[record.place]?[record.source]
            if let cursor, cursor.version != record.version { continue }  // outdated for librdkafka
            guard planner.place(of: record.source) == record.place else { continue }
            if record.offset != delivered[record.source] {
                faults.append("\(record.source): \(record.offset) instead of \(delivered[record.source])")
            }
            delivered[record.source] = record.offset + 1
            planner.read(record.source, through: record.offset, at: now)
        }
        queue.removeFirst(min(count, queue.count))
        for move in planner.moves(at: now) {
            moveCount += 1
            if cursors[move.from]?.removeValue(forKey: move.source) == nil { faults.append("nothing to move") }
            begin(move.source, move.to, move.offset)
        }
    }

    mutating func begin(_ source: Int, _ place: FetchPlace, _ offset: Int64) {
        version += 1
        cursors[place, default: [:]][source] = Cursor(next: offset, version: version)
    }

    mutating func assign(_ source: Int) {
        planner.assign(source, at: delivered[source])
        begin(source, .member, delivered[source])
    }

    mutating func release(_ source: Int) {
        for place in FetchPlace.allCases { cursors[place]?[source] = nil }
        planner.release(source)
    }

    mutating func seekBack(_ source: Int) {
        guard let place = planner.place(of: source) else { return }
        delivered[source] = max(0, delivered[source] - 2)
        planner.seek(source, to: delivered[source])
        begin(source, place, delivered[source])
    }

    mutating func check() {
        for source in logs.indices {
            let places = FetchPlace.allCases.filter { cursors[$0]?[source] != nil }
            if places != planner.place(of: source).map({ [$0] }) ?? [] { faults.append("\(source) is in \(places)") }
        }
    }

    /// Every assigned partition is read to its end.
    mutating func finish() {
        for source in logs.indices {
            planner.resume(source, at: now)
            if planner.place(of: source) == nil { assign(source) }
        }
        for _ in 0..<2000 {
            now += 0.01
            fetch(5)
            poll(40)
        }
        if delivered != logs { faults.append("\(delivered) of \(logs)") }
    }
}

/// Small and the same on every machine.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) | (state << 31)
    }
}
