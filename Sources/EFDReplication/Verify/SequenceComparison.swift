/// Compares two sequences of records that should be equal except for their offsets. Pure: fingerprints in, differences
/// out, in bounded memory.
///
/// Where the sequences diverge, the next `window` records of both sides are searched for the nearest position where
/// they converge.
struct SequenceComparison {
    static let window = 2048
    /// Maximum reported differences, and records remembered to distinguish a moved one from a missing one.
    static let shown = 10
    static let remembered = 10_000

    /// Records that are read but not yet compared.
    private struct Lane {
        private var fingerprints: [RecordFingerprint] = []
        private var start = 0
        var isEnded = false

        var count: Int { fingerprints.count - start }
        var first: RecordFingerprint? { count > 0 ? fingerprints[start] : nil }
        subscript(index: Int) -> RecordFingerprint { fingerprints[start + index] }

        mutating func add(_ fingerprint: RecordFingerprint) { fingerprints.append(fingerprint) }

        mutating func trim(from offset: Int64) {
            while count > 0, fingerprints[fingerprints.count - 1].offset >= offset { fingerprints.removeLast() }
        }

        mutating func drop(_ count: Int) {
            start += count
            guard start > SequenceComparison.window else { return }
            fingerprints.removeFirst(start)
            start = 0
        }
    }

    /// The target's end when the comparison started: later records may be copies of records that the source received
    /// later.
    private let targetEnd: Int64
    private var source = Lane()
    private var target = Lane()
    /// The first ones.
    private(set) var differences: [Difference] = []
    private(set) var differenceCount = 0
    private(set) var matched = 0
    private(set) var hasDiverged = false
    /// Checksum over all records of a side, in their order.
    private(set) var sourceSum = Checksum()
    private(set) var targetSum = Checksum()
    private(set) var sourceCount = 0
    private(set) var targetCount = 0
    private(set) var bytes = 0
    /// Unmatched records by checksum, with the index of their difference if it is reported.
    private var missing: [UInt64: Int] = [:]
    private var extra: [UInt64: Int] = [:]

    init(targetEnd: Int64 = .max) { self.targetEnd = targetEnd }

    mutating func addSource(_ fingerprint: RecordFingerprint) { source.add(fingerprint) }
    mutating func addTarget(_ fingerprint: RecordFingerprint) { target.add(fingerprint) }

    /// A side that is far enough ahead need not be read further.
    var wantsSource: Bool { !hasDiverged && !source.isEnded && source.count < 2 * Self.window }
    var wantsTarget: Bool { !hasDiverged && !target.isEnded && target.count < 2 * Self.window }
    /// Source records that wait for their copies.
    var awaited: Int { source.count }
    var isEqual: Bool { differenceCount == 0 }
    /// Nothing is left to compare.
    var isOver: Bool { hasDiverged || source.isEnded && target.isEnded && source.count == 0 && target.count == 0 }

    mutating func endSource() { source.isEnded = true }
    mutating func endTarget() { target.isEnded = true }

    /// Compares as far as possible. Call it again after more records, or the end of a side.
    mutating func advance() {
        while !hasDiverged {
            guard let one = source.first, let other = target.first else { return endUnmatched() }
            if one.whole == other.whole {
                matched += 1
                dropSource(1)
                dropTarget(1)
            } else {
                guard source.isEnded || source.count >= Self.window, target.isEnded || target.count >= Self.window
                else { return }
                meetAgain()
            }
        }
    }

    /// One side is exhausted: the rest of the other matters once the first is known to be at its end.
    private mutating func endUnmatched() {
        if target.isEnded, target.count == 0, source.count > 0 { skip(source: source.count, target: 0) }
        if source.isEnded, source.count == 0, target.count > 0 {
            target.trim(from: targetEnd)
            skip(source: 0, target: target.count)
        }
    }

    /// The nearest position where both sides continue alike; ties go to the one that changes fewest records.
    private mutating func meetAgain() {
        let reach = (source: min(source.count, Self.window), target: min(target.count, Self.window))
        var positions: [UInt64: Int] = [:]
        for index in (0..<reach.target).reversed() { positions[target[index].whole] = index }
        var best: (source: Int, target: Int)?
        for index in 0..<reach.source {
            if let found = best, index > found.source + found.target { break }
            guard let position = positions[source[index].whole], isRun(index, position) else { continue }
            if best.map({ max(index, position) < max($0.source, $0.target) }) ?? true { best = (index, position) }
        }
        if let best { return skip(source: best.source, target: best.target) }
        if source.isEnded && target.isEnded && source.count <= Self.window && target.count <= Self.window {
            return skip(source: source.count, target: target.count)
        }
        note(.diverged, source.first, target.first)
        hasDiverged = true
    }

    /// Two consecutive records must agree, if there are two: a single one may be a repetition.
    private func isRun(_ one: Int, _ other: Int) -> Bool {
        guard one + 1 < source.count, other + 1 < target.count else { return true }
        return source[one + 1].whole == target[other + 1].whole
    }

    private mutating func skip(source count: Int, target others: Int) {
        let pairs = min(count, others)
        let here = Set((0..<count).map { source[$0].whole })
        let there = Set((0..<others).map { target[$0].whole })
        for index in 0..<pairs {
            let (one, other) = (source[index], target[index])
            if one.whole == other.whole {
                matched += 1
            } else if there.contains(one.whole) || here.contains(other.whole)
                || one.key != other.key && one.value != other.value
            {
                noteMissing(one, other)
                noteExtra(one, other)
            } else {
                note(.changed(one.differences(from: other)), one, other)
            }
        }
        for index in pairs..<max(pairs, count) {
            noteMissing(source[index], target.count > others ? target[others] : nil)
        }
        for index in pairs..<max(pairs, others) { noteExtra(source.count > count ? source[count] : nil, target[index]) }
        dropSource(count)
        dropTarget(others)
    }

    private mutating func dropSource(_ count: Int) {
        for index in 0..<count {
            sourceSum.add(source[index].whole)
            bytes += source[index].size
        }
        sourceCount += count
        source.drop(count)
    }

    private mutating func dropTarget(_ count: Int) {
        for index in 0..<count { targetSum.add(target[index].whole) }
        targetCount += count
        target.drop(count)
    }

    private mutating func noteMissing(_ one: RecordFingerprint, _ other: RecordFingerprint?) {
        if let index = extra.removeValue(forKey: one.whole) { return becomesMoved(index) }
        if missing.count < Self.remembered { missing[one.whole] = differences.count }
        note(.missing, one, other)
    }

    private mutating func noteExtra(_ one: RecordFingerprint?, _ other: RecordFingerprint) {
        if let index = missing.removeValue(forKey: other.whole) { return becomesMoved(index) }
        if extra.count < Self.remembered { extra[other.whole] = differences.count }
        note(.extra, one, other)
    }

    private mutating func becomesMoved(_ index: Int) {
        if index < differences.count { differences[index].kind = .moved }
    }

    private mutating func note(_ kind: Difference.Kind, _ one: RecordFingerprint?, _ other: RecordFingerprint?) {
        differenceCount += 1
        guard differences.count < Self.shown else { return }
        let record = kind == .extra ? other : one
        differences.append(
            Difference(kind: kind, source: one?.offset, target: other?.offset, timestamp: record?.timestamp ?? -1))
    }
}
