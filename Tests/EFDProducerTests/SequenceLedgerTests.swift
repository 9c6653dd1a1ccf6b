import EFDTestKit
import Testing

@testable import EFDProducer

@Suite struct SequenceLedgerTests {
    private func missing(_ numbers: [(UInt64, Int32)]) -> Int {
        var ledger = SequenceLedger()
        for (writer, number) in numbers { ledger.note(writer, number) }
        return ledger.missing
    }

    @Test func nothingIsMissingInAStream() { #expect(missing((1...100).map { (7, $0) }) == 0) }

    @Test func whatCameBeforeTheFirstIsNotCounted() { #expect(missing((50...60).map { (7, $0) }) == 0) }

    @Test func gapsAreCountedPerWriter() { #expect(missing([(1, 1), (1, 4), (2, 10), (2, 12), (1, 5)]) == 3) }

    @Test func orderDoesNotMatter() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let all = (1...50).map { (UInt64(3), Int32($0)) }
            var kept = all.filter { _ in Double.random(in: 0..<1, using: &generator) < 0.8 }
            guard let low = kept.map(\.1).min(), let high = kept.map(\.1).max() else { continue }
            kept.shuffle(using: &generator)
            #expect(missing(kept) == Int(high - low) + 1 - kept.count)
        }
    }

    @Test func aWriterThatStartsOverKeepsWhatItLost() {
        #expect(missing([(1, 100_000), (1, 100_002), (1, 1), (1, 2)]) == 1)
    }

    @Test func aForgottenWriterKeepsWhatItLost() {
        var ledger = SequenceLedger()
        ledger.note(0, 1)
        ledger.note(0, 3)
        for writer in 1...UInt64(SequenceLedger.writerLimit + 5) { ledger.note(writer, 1) }
        #expect(ledger.missing == 1)
    }

    @Test func extremesDoNotTrap() { #expect(missing([(1, .min), (1, .max), (1, .min)]) >= 0) }
}
