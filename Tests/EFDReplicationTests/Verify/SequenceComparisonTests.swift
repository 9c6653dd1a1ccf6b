import EFDCore
import EFDTestKit
import Testing

@testable import EFDReplication

struct SequenceComparisonTests {
    /// A record with a unique number; the target's offsets are others than the source's.
    private static func print(_ number: Int, at offset: Int? = nil, key: Int = 0, headers: UInt64 = 7)
        -> RecordFingerprint
    {
        RecordFingerprint(
            offset: Int64(offset ?? number), timestamp: Int64(number) * 10, key: UInt64(key), value: UInt64(number),
            headers: headers, size: 100)
    }

    private static func compare(_ source: [RecordFingerprint], _ target: [RecordFingerprint], chunk: Int = 500)
        -> SequenceComparison
    {
        var comparison = SequenceComparison()
        var (here, there) = (source[...], target[...])
        while !comparison.isOver {
            if comparison.wantsSource {
                for print in here.prefix(chunk) { comparison.addSource(print) }
                here = here.dropFirst(chunk)
                if here.isEmpty { comparison.endSource() }
            }
            if comparison.wantsTarget {
                for print in there.prefix(chunk) { comparison.addTarget(print) }
                there = there.dropFirst(chunk)
                if there.isEmpty { comparison.endTarget() }
            }
            comparison.advance()
        }
        return comparison
    }

    private static let records = (0..<5000).map { print($0) }
    /// The same with the gaps that transactions leave.
    private static let copies = (0..<5000).map { print($0, at: $0 + $0 / 100) }

    @Test(arguments: [1, 7, 500, 3000]) func sequencesThatAreAlikeAreEqualWhateverTheirOffsets(chunk: Int) {
        let comparison = Self.compare(Self.records, Self.copies, chunk: chunk)
        #expect(comparison.isEqual && comparison.matched == 5000 && comparison.bytes == 500_000)
        #expect(
            comparison.sourceSum.value == comparison.targetSum.value && comparison.sourceCount == comparison.targetCount
        )
    }

    @Test(arguments: [0, 1, 2499, 4998, 4999]) func aMissingRecordIsNamed(index: Int) {
        var copies = Self.copies
        copies.remove(at: index)
        let comparison = Self.compare(Self.records, copies)
        #expect(comparison.differenceCount == 1 && comparison.differences.map(\.kind) == [.missing])
        #expect(comparison.differences.first?.source == Int64(index) && comparison.matched == 4999)
        #expect(comparison.differences.first?.timestamp == Int64(index) * 10)
        #expect(comparison.sourceSum.value != comparison.targetSum.value)
    }

    @Test(arguments: [0, 2500, 5000]) func anExtraRecordIsNamed(index: Int) {
        var copies = Self.copies
        copies.insert(Self.print(99_999, at: 88_888), at: index)
        let comparison = Self.compare(Self.records, copies)
        #expect(comparison.differences.map(\.kind) == [.extra] && comparison.differences.first?.target == 88_888)
    }

    @Test func aChangedRecordIsNamedWithItsParts() {
        for (index, change) in [
            (0, { (print: inout RecordFingerprint) in print.key = 1 }), (10, { print in print.value = 1 << 40 }),
            (2000, { print in print.headers = 8 }),
            (4999, { print in print.timestamp += 1 }),
        ] as [(Int, (inout RecordFingerprint) -> Void)] {
            var copies = Self.copies
            change(&copies[index])
            let comparison = Self.compare(Self.records, copies)
            #expect(comparison.differenceCount == 1 && comparison.differences.first?.source == Int64(index))
            guard case .changed(let parts)? = comparison.differences.first?.kind else {
                Issue.record("record \(index): \(comparison.differences)")
                continue
            }
            #expect(parts == [["key", "value", "headers", "timestamp"][[0, 10, 2000, 4999].firstIndex(of: index)!]])
        }
    }

    @Test(arguments: [0, 1000, 4998]) func anotherOrderIsNamed(index: Int) {
        var copies = Self.copies
        copies.swapAt(index, index + 1)
        let comparison = Self.compare(Self.records, copies)
        #expect(
            !comparison.isEqual && comparison.differences.allSatisfy { $0.kind == .moved }, "\(comparison.differences)")
    }

    @Test func aRecordTwiceIsOneTooMany() {
        var copies = Self.copies
        copies.insert(copies[1234], at: 1235)
        #expect(Self.compare(Self.records, copies).differences.map(\.kind) == [.extra])
    }

    @Test func manyMissingInARowAndApart() {
        var copies = Self.copies
        copies.removeSubrange(3000..<4000)
        copies.remove(at: 17)
        let comparison = Self.compare(Self.records, copies)
        #expect(comparison.differenceCount == 1001 && comparison.differences.allSatisfy { $0.kind == .missing })
        #expect(comparison.differences.count == SequenceComparison.shown && comparison.matched == 3999)
    }

    @Test func nothingAlikeIsReportedOnceAndAtOnce() {
        let comparison = Self.compare(Self.records, (0..<50_000).map { Self.print($0 + 1_000_000) })
        #expect(comparison.differences.map(\.kind) == [.diverged])
    }

    @Test func copiesOfLaterRecordsAreLeftOut() {
        var comparison = SequenceComparison(targetEnd: 5050)
        for record in Self.records { comparison.addSource(record) }
        for copy in Self.copies { comparison.addTarget(copy) }
        comparison.addTarget(Self.print(5000, at: 5050))
        comparison.endSource()
        comparison.advance()
        comparison.endTarget()
        comparison.advance()
        #expect(comparison.isOver && comparison.isEqual && comparison.targetCount == 5000)
    }

    /// Random edits: as many differences as edits, never fewer.
    @Test(arguments: 0..<20) func everyEditIsFound(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var copies = Self.copies
        var edits = 0
        for index in stride(from: 4900, to: 50, by: -Int.random(in: 60...400, using: &generator)) {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: copies.remove(at: index)
            case 1: copies.insert(Self.print(1_000_000 + index), at: index)
            default: copies[index].value = UInt64(2_000_000 + index)
            }
            edits += 1
        }
        #expect(Self.compare(Self.records, copies).differenceCount == edits)
    }

    @Test func checksumsTellPartsApart() {
        func sum(_ parts: [[UInt8]?]) -> UInt64 {
            var sum = Checksum()
            for part in parts {
                if let part { part.withUnsafeBytes { sum.add(Checksum.of($0)) } } else { sum.add(Checksum.of(nil)) }
            }
            return sum.value
        }
        var seen: Set<UInt64> = []
        let all: [[[UInt8]?]] = [
            [], [nil], [[]], [[0]], [[0, 0]], [[], [0]], [[0], []], [nil, []], [[], nil], [[1, 2], [3]],
            [[1], [2, 3]], [[1, 2, 3]], [[3, 2, 1]],
            [Array(repeating: 0, count: 8)], [Array(repeating: 0, count: 9)], [Array(repeating: 0, count: 16)],
            [[1, 0, 0, 0, 0, 0, 0, 0]],
        ]
        for parts in all { #expect(seen.insert(sum(parts)).inserted, "\(parts)") }
        // Every bit of 40 bytes counts.
        let bytes = [UInt8](repeating: 0xA5, count: 40)
        for bit in 0..<320 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(seen.insert(sum([changed])).inserted)
        }
    }
}
