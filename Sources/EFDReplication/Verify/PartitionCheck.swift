import EFDCore
import EFDKafka

/// One partition to compare, with the start and end of both sides. Ends are determined before the reading begins, the
/// target's first: every record before the target's end is then a copy of one before the source's.
struct PartitionPair: Sendable {
    let source: TopicPartition
    let target: TopicPartition
    /// The offsets of the clusters, and where the comparison starts.
    let sourceRange: Range<Int64>
    let targetRange: Range<Int64>
    var sourceStart: Int64
    var targetStart: Int64
}

/// The outcome of comparing a partition.
struct PartitionResult: Sendable {
    let pair: PartitionPair
    var differences: [Difference] = []
    var differenceCount = 0
    var sourceCount = 0
    var targetCount = 0
    var sourceSum: UInt64 = 0
    var targetSum: UInt64 = 0
    var bytes = 0
    /// The error that prevented the comparison.
    var error: EFDError?
    /// The target has no such topic or partition.
    var isAbsent = false

    var isEqual: Bool { differenceCount == 0 && error == nil && !isAbsent }
}

/// Compares one partition, record by record.
struct PartitionCheck {
    let source: SideReader
    let target: SideReader
    /// Notified of the topic under comparison.
    let names: SourceNames
    /// Seconds that copies may still take to arrive.
    let patience: Double
    let stop: StopToken
    /// Where to look for a record of that time, on either side.
    let find: (_ pair: PartitionPair, _ isSource: Bool, _ milliseconds: Int64) throws(EFDError) -> Int64?

    /// Number of records in which to look for the first one of the other side.
    private static let reach = 20_000

    func close() {
        source.close()
        target.close()
    }

    func run(_ given: PartitionPair) throws(EFDError) -> PartitionResult {
        names.topic = given.source.topic
        let deadline = MonotonicClock.seconds() + patience
        if given.sourceStart >= given.sourceRange.upperBound, given.targetStart >= given.targetRange.upperBound {
            return PartitionResult(pair: given)
        }
        let pair = try align(given, deadline)
        var comparison = SequenceComparison(targetEnd: pair.targetRange.upperBound)
        while true {
            if stop.isStopped {
                throw EFDError(.replicationVerifyStopped, "stopped before all partitions were compared")
            }
            if comparison.wantsSource { for fingerprint in try source.read() { comparison.addSource(fingerprint) } }
            if source.isAtEnd { comparison.endSource() }
            if comparison.wantsTarget { for fingerprint in try target.read() { comparison.addTarget(fingerprint) } }
            comparison.advance()
            let isComplete = source.isAtEnd && target.isAtEnd && target.position >= pair.targetRange.upperBound
            if isComplete, comparison.awaited == 0 || MonotonicClock.seconds() > deadline {
                comparison.endTarget()
                comparison.advance()
            }
            if comparison.isOver { return result(pair, comparison) }
        }
    }

    private func result(_ pair: PartitionPair, _ comparison: SequenceComparison) -> PartitionResult {
        PartitionResult(
            pair: pair, differences: comparison.differences, differenceCount: comparison.differenceCount,
            sourceCount: comparison.sourceCount,
            targetCount: comparison.targetCount, sourceSum: comparison.sourceSum.value,
            targetSum: comparison.targetSum.value, bytes: comparison.bytes)
    }

    /// Starts both sides. Brokers delete different amounts by age: the side that goes further back then starts later.
    private func align(_ given: PartitionPair, _ deadline: Double) throws(EFDError) -> PartitionPair {
        var pair = given
        try source.start(pair.source, at: pair.sourceStart, until: pair.sourceRange.upperBound)
        try target.start(pair.target, at: pair.targetStart, until: .max)
        guard let one = try source.peek(until: deadline), pair.sourceStart < pair.sourceRange.upperBound else {
            return pair
        }
        guard let other = try target.peek(until: deadline), one.whole != other.whole else { return pair }
        if Self.isCut(pair.targetStart, pair.targetRange),
            let offset = try look(for: other, in: source, pair.source, pair, true)
        {
            pair.sourceStart = offset
            try source.start(pair.source, at: offset, until: pair.sourceRange.upperBound)
        } else {
            try source.start(pair.source, at: pair.sourceStart, until: pair.sourceRange.upperBound)
            guard Self.isCut(pair.sourceStart, pair.sourceRange),
                let offset = try look(for: one, in: target, pair.target, pair, false)
            else {
                try target.start(pair.target, at: pair.targetStart, until: .max)
                return pair
            }
            pair.targetStart = offset
            try target.start(pair.target, at: offset, until: .max)
        }
        return pair
    }

    /// The oldest records were deleted on that side.
    private static func isCut(_ start: Int64, _ range: Range<Int64>) -> Bool { start > 0 && start <= range.lowerBound }

    private func look(
        for fingerprint: RecordFingerprint, in side: SideReader, _ partition: TopicPartition, _ pair: PartitionPair,
        _ isSource: Bool
    ) throws(EFDError) -> Int64? {
        let range = isSource ? pair.sourceRange : pair.targetRange
        guard let start = try find(pair, isSource, fingerprint.timestamp) else { return nil }
        try side.start(partition, at: max(start, range.lowerBound), until: range.upperBound)
        var seen = 0
        while seen < Self.reach && !(side.isAtEnd && side.position >= range.upperBound) {
            if stop.isStopped { return nil }
            for candidate in try side.read() {
                if candidate.whole == fingerprint.whole { return candidate.offset }
                seen += 1
            }
            if side.isAtEnd { break }
        }
        return nil
    }
}
