import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

/// One decision at a time: an event, and its result.
@Suite struct CopyStateTests {
    private static let topics = [
        CatalogueTopic(name: "t", target: "to.t", partitions: 2, compression: nil)
    ]
    private static let first = TopicPartition("t", 0)
    private static let second = TopicPartition("t", 1)
    private static let passing = EFDError("test.passing", "it may pass", recovery: .retry)
    private static let lasting = EFDError("test.lasting", "a person has to act", recovery: .intervene)

    /// Expectations cannot change a local value.
    private final class Held {
        var state: CopyState
        init(_ state: CopyState) { self.state = state }

        func takeActions() -> [CopyState.Action] { state.takeActions() }
        func takeRequests() -> (stop: [TopicPartition], start: [PartitionOffset]) { state.takeRequests() }
        func offsetRefused(_ partition: TopicPartition) -> Bool { state.offsetRefused(partition) }
        func read(_ id: Int, from first: Int64, _ record: () -> ProgressRecord.Anchor) -> Int64? {
            state.read(id, from: first) { $0 == record() }
        }
    }

    private func rules(startsAtEnd: Bool = false, stopsAtLoss: Bool = false) -> CopyState.Rules {
        CopyState.Rules(
            lanes: 1, commitInterval: 0.5, transactionBytes: 1000, startsAtEnd: startsAtEnd, stopsAtLoss: stopsAtLoss)
    }

    private func anchor(_ offset: Int64, checksum: UInt32 = 7) -> ProgressRecord.Anchor {
        .init(offset: offset, timestamp: 1, checksum: .crc32c(checksum))
    }

    private func stored(_ partition: TopicPartition, next: Int64) -> ProgressRecord {
        var record = ProgressRecord(partition, next: next)
        (record.anchor, record.written) = (anchor(next - 1), 1)
        return record
    }

    /// A thread with lane 0 and both partitions, copied before up to offset 10.
    private func running(_ rules: CopyState.Rules) -> CopyState {
        let thread = Held(CopyState(rules))
        thread.state.assigned(
            LaneState(
                0, progress: [Self.first: stored(Self.first, next: 10), Self.second: stored(Self.second, next: 10)]))
        for addition in thread.state.additions(Self.topics) { _ = thread.state.add(addition, at: nil, stalledBy: nil) }
        _ = thread.takeRequests()
        thread.state.polled(1, isFull: false)
        return thread.state
    }

    /// Copies records into an open transaction.
    private func copy(_ thread: Held, _ partition: TopicPartition, _ offsets: Range<Int64>) throws {
        let id = try #require(thread.state.id(of: partition))
        #expect(thread.read(id, from: offsets.lowerBound) { anchor(offsets.lowerBound) } == offsets.lowerBound)
        if !thread.takeActions().isEmpty { thread.state.began(0, 1) }
        thread.state.forwarded(
            id, through: anchor(offsets.upperBound - 1), taken: offsets.count, copies: offsets.count, bytes: 100)
    }

    private func commit(_ thread: Held) throws {
        var transaction = try #require(thread.state.transaction(ofLane: 0))
        for index in transaction.copies.indices { transaction.copies[index].progress.written = 2 }
        for index in transaction.notes.indices { transaction.notes[index].written = 2 }
        thread.state.committed(0, transaction, seconds: 0.1)
    }

    private func names(_ actions: [CopyState.Action]) -> [String] {
        actions.map { String("\($0)".prefix { $0 != "(" }) }
    }

    @Test func readingStartsAtTheLastCopiedRecord() throws {
        let thread = Held(CopyState(rules()))
        thread.state.assigned(LaneState(0, progress: [Self.first: stored(Self.first, next: 10)]))
        for addition in thread.state.additions(Self.topics) { _ = thread.state.add(addition, at: nil, stalledBy: nil) }
        let (stop, start) = thread.takeRequests()
        #expect(stop.isEmpty)
        #expect(
            start == [PartitionOffset(Self.first, 9), PartitionOffset(Self.second, PartitionOffset.beginning)])
        thread.state.polled(1, isFull: false)
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.read(id, from: 9) { anchor(9) } == 10, "the last copied record is not copied again")
        #expect(names(thread.takeActions()) == ["begin"])
    }

    @Test func anotherRecordAtTheAnchorIsALoss() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.read(id, from: 9) { anchor(9, checksum: 8) } == nil)
        #expect(names(thread.takeActions()) == ["reportLoss"])
        #expect(thread.takeRequests().start == [PartitionOffset(Self.first, PartitionOffset.beginning)])
        #expect(thread.read(id, from: 12) { anchor(12) } == nil, "the rest of that poll is of the old topic")
        thread.state.polled(2, isFull: false)
        #expect(thread.read(id, from: 3) { anchor(3) } == 3)
    }

    @Test func aLossStopsOnlyItsPartitionWhereThatIsWanted() throws {
        let thread = Held(running(rules(stopsAtLoss: true)))
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.read(id, from: 9) { anchor(9, checksum: 8) } == nil)
        #expect(names(thread.takeActions()) == ["reportLoss", "reportStall"])
        #expect(thread.takeRequests().stop == [Self.first])
        try copy(thread, Self.second, 10..<12)
        thread.state.tick(62)
        #expect(names(thread.takeActions()) == ["commit"])
        #expect(thread.takeRequests().start == [PartitionOffset(Self.first, 9)], "it is looked at again")
        thread.state.polled(63, isFull: false)
        #expect(thread.read(id, from: 9) { anchor(9, checksum: 8) } == nil)
        guard case .reportLoss(_, _, let isFirst)? = thread.takeActions().first else {
            Issue.record("the loss is not found again")
            return
        }
        #expect(!isFirst, "one loss counts once")
    }

    /// Progress never points into two topics at a time.
    @Test func copiesOfTheOldTopicAreCommittedFirst() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        try copy(thread, Self.first, 10..<13)
        thread.state.topicMissing(Self.first)
        #expect(thread.takeRequests().start == [PartitionOffset(Self.first, 12)])
        thread.state.polled(2, isFull: false)
        #expect(thread.read(id, from: 12) { anchor(12, checksum: 8) } == nil)
        #expect(names(thread.takeActions()) == ["reportLoss", "commit"])
        #expect(thread.takeRequests() == ([Self.first], []))
        try commit(thread)
        #expect(thread.takeRequests() == ([], [PartitionOffset(Self.first, PartitionOffset.beginning)]))
        #expect(thread.state.lanes[0]?.progress[Self.first]?.next == 13)
    }

    @Test func retentionOfWhatWasCopiedIsNoLoss() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.offsetRefused(Self.first))
        #expect(!thread.offsetRefused(Self.first), "the same answer twice")
        #expect(thread.takeRequests().start == [PartitionOffset(Self.first, PartitionOffset.beginning)])
        thread.state.polled(2, isFull: false)
        #expect(thread.read(id, from: 10) { anchor(10) } == 10)
        #expect(names(thread.takeActions()) == ["begin"])
    }

    @Test(arguments: [(Int64(15), Int64(5)), (Int64(4), Int64(0))])
    func deletedRecordsAreCounted(_ oldest: Int64, _ lost: Int64) throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.offsetRefused(Self.first))
        thread.state.polled(2, isFull: false)
        #expect(thread.read(id, from: oldest) { anchor(oldest) } == nil)
        guard case .reportLoss(_, let loss, true)? = thread.takeActions().first else {
            Issue.record("the loss is not reported")
            return
        }
        #expect(loss.records == lost && loss.restart == oldest)
    }

    /// Cases A5 and A6: a record that one partition cannot copy does not stop the others.
    @Test func aStallIsThatOfOnePartition() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        try copy(thread, Self.first, 10..<11)
        thread.state.stall(id, Self.lasting)
        #expect(names(thread.takeActions()) == ["reportStall"])
        #expect(thread.takeRequests().stop == [Self.first])
        #expect(thread.read(id, from: 11) { anchor(11) } == nil)
        try copy(thread, Self.second, 10..<15)
        try commit(thread)
        #expect(thread.takeActions().isEmpty, "the stall is not over although records before it were committed")
        #expect(thread.state.lanes[0]?.progress[Self.first]?.next == 11)
        #expect(thread.state.lanes[0]?.progress[Self.second]?.next == 15)
        thread.state.tick(1 + CopyLimits.stallSeconds - 0.1)
        #expect(thread.takeRequests().start.isEmpty)
        thread.state.tick(1 + CopyLimits.stallSeconds)
        #expect(thread.takeRequests().start == [PartitionOffset(Self.first, 10)])
        thread.state.polled(70, isFull: false)
        try copy(thread, Self.first, 11..<12)
        try commit(thread)
        #expect(names(thread.takeActions()) == ["reportRecovery"])
    }

    @Test func waitsGrowWhereTheCauseMayPass() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        var now = 1.0
        for wait in [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15] {
            thread.state.stall(id, Self.passing)
            thread.state.tick(now + wait - 0.01)
            #expect(thread.takeRequests().start.isEmpty, "\(wait)")
            now += wait + 0.01
            thread.state.tick(now)
            #expect(thread.takeRequests().start.count == 1, "\(wait)")
            thread.state.polled(now, isFull: false)
        }
    }

    @Test func aRefusedCopyStallsItsPartitionOnTheLanesNextThread() throws {
        let thread = Held(running(rules()))
        let id = try #require(thread.state.id(of: Self.first))
        try copy(thread, Self.first, 10..<11)
        thread.state.failed(0, Self.passing, faulty: (id, Self.lasting))
        #expect(names(thread.takeActions()) == ["postpone", "forget", "forget", "discard"])
        #expect(Set(thread.takeRequests().stop) == [Self.first, Self.second])
        #expect(thread.state.lanes.isEmpty && thread.state.count == 0)

        thread.state.assigned(LaneState(0, progress: [Self.first: stored(Self.first, next: 10)]))
        for addition in thread.state.additions(Self.topics) {
            _ = thread.state.add(addition, at: nil, stalledBy: addition.partition == Self.first ? Self.lasting : nil)
        }
        #expect(names(thread.takeActions()) == ["reportStall"])
        #expect(thread.takeRequests().start == [PartitionOffset(Self.second, PartitionOffset.beginning)])
    }

    @Test func aRevokedLaneLeavesCommitted() throws {
        let thread = Held(running(rules()))
        try copy(thread, Self.first, 10..<12)
        thread.state.revoked([0, 5])
        #expect(names(thread.takeActions()) == ["commit"])
        try commit(thread)
        guard case .release(let lane)? = thread.takeActions().last else {
            Issue.record("the lane is not released")
            return
        }
        #expect(lane.progress[Self.first]?.next == 12 && !lane.isOpen)
        #expect(Set(thread.takeRequests().stop) == [Self.first, Self.second])
    }

    @Test func aTopicThatIsGoneLeavesOnceItsCopiesAreCommitted() throws {
        let thread = Held(running(rules()))
        try copy(thread, Self.first, 10..<12)
        thread.state.retain([])
        #expect(names(thread.takeActions()).sorted() == ["commit", "forget"])
        #expect(Set(thread.takeRequests().stop) == [Self.first, Self.second])
        let id = try #require(thread.state.id(of: Self.first))
        #expect(thread.read(id, from: 12) { anchor(12) } == nil)
        try commit(thread)
        #expect(names(thread.takeActions()) == ["forget"])
        #expect(thread.state.count == 0 && thread.state.lanes[0]?.progress[Self.first]?.next == 12)
    }

    /// With `--start latest` the start is committed immediately, and with it that the lane is no longer new.
    @Test func aNewLaneStartsAtTheEndAndWritesThatDown() throws {
        let thread = Held(CopyState(rules(startsAtEnd: true)))
        thread.state.assigned(LaneState(0, progress: [:]))
        for addition in thread.state.additions(Self.topics) { _ = thread.state.add(addition, at: 40, stalledBy: nil) }
        thread.state.age(0)
        #expect(thread.takeRequests().start.map(\.offset) == [40, 40])
        #expect(names(thread.takeActions()) == ["begin", "begin", "begin"])
        thread.state.began(0, 1)
        #expect(thread.state.transaction(ofLane: 0)?.notes.count == 3)
        try commit(thread)
        #expect(thread.state.lanes[0]?.progress[Self.second]?.next == 40)
        thread.state.revoked([0])
        guard case .release(let lane)? = thread.takeActions().last else {
            Issue.record("the lane is not released")
            return
        }
        #expect(!lane.isFresh)
    }

    @Test func transactionsGrowWhereCommitsAreSlowAndRecordsWait() throws {
        let thread = Held(running(rules()))
        func commitAfter(_ seconds: Double, isFull: Bool) throws -> Bool {
            try copy(thread, Self.first, (thread.state[0]?.next ?? 0)..<(thread.state[0]?.next ?? 0) + 1)
            thread.state.polled(1, isFull: isFull)
            thread.state.tick(1 + seconds)
            let isDue = !thread.takeActions().isEmpty
            var transaction = try #require(thread.state.transaction(ofLane: 0))
            transaction.copies[0].progress.written = 2
            thread.state.committed(0, transaction, seconds: 0.3)
            return isDue
        }
        #expect(try commitAfter(0.5, isFull: false))
        #expect(try commitAfter(0.5, isFull: true) == false, "commits took 0.3 s")
        #expect(try commitAfter(3, isFull: true))
    }

    @Test func aSilentPartitionIsRequestedAgain() throws {
        let thread = Held(running(rules()))
        thread.state.reachedEnd(Self.second)
        var silent = thread.state.measure(6.2, end: { _ in nil }, each: { _, _ in })
        #expect(silent == 1)
        #expect(thread.takeRequests() == ([Self.first], [PartitionOffset(Self.first, 9)]))
        silent = thread.state.measure(12, end: { _ in nil }, each: { _, _ in })
        #expect(silent == 0, "the wait doubles")
        silent = thread.state.measure(
            70, end: { _ in 100 }, each: { partition, lag in #expect(lag == 100 - partition.next) })
        #expect(silent == 1, "the other was heard of, but is only verified")
    }
}
