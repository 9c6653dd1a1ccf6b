import EFDTestKit
import Testing

@testable import EFDSink

/// A ledger that `#expect` can change.
private final class Probe {
    var ledger = PartitionLedger()
}

/// The ledger's rules one by one: its decision on each event.
@Suite struct PartitionLedgerTests {
    private func written(_ next: Int64, rows: Int = 1) -> PartitionLedger.Written {
        .init(next: next, rows: rows, stamp: .nan)
    }

    /// A ledger whose partition 0 was assigned and has taken these offsets.
    private func probe(at position: SinkPosition? = nil, taking offsets: Range<Int64> = 0..<0) -> Probe {
        let probe = Probe()
        _ = probe.ledger.assign(0, at: position)
        for offset in offsets { probe.ledger.took(0, offset) }
        return probe
    }

    @Test func theGroupsCommitDecidesWithoutAPosition() {
        let probe = Probe()
        #expect(probe.ledger.assign(0, at: nil) == nil)
        #expect(probe.ledger.admit(0, offset: 700, timestamp: nil) == .take)
    }

    private static let starts: [(SinkPosition, Int64)] = [
        (SinkPosition(offset: 5), 5), (SinkPosition(offset: 5, timestampBefore: 9), 4),
        (SinkPosition(offset: 0, timestampBefore: 9), 0),
    ]

    @Test(arguments: starts)
    func readingStartsOneRecordBeforeAPositionThatIsCompared(position: SinkPosition, start: Int64) {
        let probe = Probe()
        #expect(probe.ledger.assign(0, at: position) == start)
    }

    @Test func theRecordBeforeAPositionIsComparedOnce() {
        let probe = self.probe(at: SinkPosition(offset: 5, timestampBefore: 90))
        #expect(probe.ledger.admit(0, offset: 4, timestamp: 90) == .verified)
        #expect(probe.ledger.admit(0, offset: 4, timestamp: 91) == .recreated)
        #expect(probe.ledger.admit(0, offset: 2, timestamp: 90) == .recreated)
        #expect(probe.ledger.admit(0, offset: 5, timestamp: 95) == .take)
        probe.ledger.took(0, 5)
        #expect(probe.ledger.admit(0, offset: 4, timestamp: 17) == .repeated)
    }

    @Test func onlyStoredOffsetsAreCommitted() {
        let probe = self.probe(taking: 0..<10)
        probe.ledger.sent(0)
        #expect(probe.ledger.finished(0, 1, written(6, rows: 6), firstOpen: nil)?.offset == 6)
        #expect(probe.ledger.finished(0, 1, nil, firstOpen: nil) == nil)
        #expect(
            probe.ledger.finished(0, 1, written(10, rows: 3), firstOpen: nil) == .init(offset: 10, rows: 3, stamps: []))
    }

    @Test func theFirstOpenRowHoldsTheCommitBack() {
        let probe = self.probe(at: SinkPosition(offset: 0), taking: 0..<10)
        probe.ledger.sent(0)
        #expect(probe.ledger.finished(0, 1, written(5, rows: 5), firstOpen: 0) == nil)
        #expect(probe.ledger.finished(0, 1, written(10, rows: 5), firstOpen: 3)?.offset == 3)
        #expect(probe.ledger.finished(0, 1, nil, firstOpen: 7) == .init(offset: 7, rows: 5, stamps: []))
        #expect(probe.ledger.finished(0, 1, nil, firstOpen: nil) == .init(offset: 10, rows: 5, stamps: []))
    }

    @Test func whatAnEarlierAssignmentStoredIsNotCommitted() {
        let probe = self.probe(taking: 0..<4)
        probe.ledger.sent(0)
        probe.ledger.revoke(0)
        #expect(probe.ledger.finished(0, 1, written(4), firstOpen: nil) == nil)
        _ = probe.ledger.assign(0, at: nil)
        #expect(probe.ledger.finished(0, 1, written(4), firstOpen: nil) == nil)
        #expect(probe.ledger.admit(0, offset: 2, timestamp: nil) == .take)
    }

    @Test func aStalledPartitionPassesRecordsOverAndSeeksBack() {
        let probe = self.probe(taking: 0..<4)
        #expect(probe.ledger.stall(0, .schema(7)) == true)
        #expect(probe.ledger.stall(0, .schema(7)) == false, "it is paused already")
        #expect(probe.ledger.admit(0, offset: 4, timestamp: nil) == .drop)
        #expect(probe.ledger.receives(0, from: 4) == false)
        #expect(probe.ledger.resume(0) == 4)
        #expect(probe.ledger.receives(0, from: 4) == true)
        #expect(probe.ledger.admit(0, offset: 4, timestamp: nil) == .take)
    }

    @Test func aPartitionStalledBeforeItsFirstRecordSeeksToIt() {
        let probe = self.probe()
        _ = probe.ledger.stall(0, .writerFull)
        #expect(probe.ledger.receives(0, from: 70) == false)
        #expect(probe.ledger.receives(0, from: 75) == false)
        #expect(probe.ledger.resume(0) == 70)
    }

    @Test func aFullWritersDeferredRecordsAreStillTaken() {
        let probe = self.probe(taking: 0..<4)
        #expect(probe.ledger.stall(0, .writerFull) == true)
        #expect(probe.ledger.admit(0, offset: 4, timestamp: nil) == .take)
        #expect(probe.ledger.resume(0) == nil, "nothing was skipped, so no seek is needed")
    }

    @Test func aRefusedPartitionNeedsAttentionUntilTheRecordIsStored() {
        let probe = self.probe(taking: 0..<6)
        probe.ledger.sent(0)
        _ = probe.ledger.finished(0, 1, written(3), firstOpen: nil)
        #expect(probe.ledger.refused(0, 1, at: 4) == true)
        #expect(probe.ledger.refused(0, 1, at: 5) == false, "it is paused already")
        #expect(probe.ledger.restart(0, at: nil, isResolved: false) == 3)
        #expect(probe.ledger.needsAttention(0))
        for offset in Int64(3)..<6 { probe.ledger.took(0, offset) }
        probe.ledger.sent(0)
        #expect(probe.ledger.finished(0, 2, written(4), firstOpen: nil)?.offset == 4)
        #expect(probe.ledger.needsAttention(0))
        #expect(probe.ledger.finished(0, 2, written(5), firstOpen: nil)?.offset == 5)
        #expect(!probe.ledger.needsAttention(0))
    }

    @Test func aRefusalOfAnEarlierAssignmentPausesNothing() {
        let probe = self.probe(taking: 0..<2)
        _ = probe.ledger.assign(0, at: nil)
        #expect(probe.ledger.refused(0, 1, at: 0) == false)
    }

    @Test func aRewoundPartitionIsReadFromItsNewBeginning() {
        let probe = self.probe(taking: 0..<200)
        probe.ledger.sent(0)
        _ = probe.ledger.finished(0, 1, written(200), firstOpen: nil)
        probe.ledger.rewind(0, to: 0)
        #expect(probe.ledger.admit(0, offset: 0, timestamp: nil) == .take)
        for offset in Int64(0)..<50 { probe.ledger.took(0, offset) }
        probe.ledger.sent(0)
        #expect(probe.ledger.finished(0, 2, written(50), firstOpen: nil)?.offset == 50)
    }
}
