import EFDCore
import EFDKafka

/// What a copy thread knows of one source partition.
final class SourcePartition {
    let place: TopicPartition
    /// Name of the topic at the target.
    let target: String
    let lane: Lane
    let route: RelayRoute
    let metrics: TopicMetrics

    /// The offset of the next record to copy.
    var next: Int64
    /// The last record copied.
    var anchor: ProgressRecord.Anchor?
    /// What the target will know once the transaction under way is committed, or knows already.
    private(set) var stored: ProgressRecord
    /// It has copies in the transaction under way, of so many bytes.
    var isTouched = false
    var bytes = 0
    /// Nothing was ever copied of it: it begins at whatever record is the oldest.
    var isNew: Bool
    var reading = Reading.proceeding
    /// Schema ids that were carried over, with what is written for them.
    var keyIDs: [Int32: Int32] = [:]
    var valueIDs: [Int32: Int32] = [:]
    /// It stands still since the source lost what was due, and that was told.
    var isLossTold = false
    /// The source's client has shown a record of it, or its end, since it was asked to read it.
    var isHeard = false
    /// How often it was taken anew since it showed anything.
    var vainAttempts = 0
    /// The next offset when it was last looked at, and since when it is the same, in monotonic seconds.
    var watch: (next: Int64, since: Double) = (-1, 0)
    /// Failed attempts in a row, for the waits between them. A registry that is away is asked by one partition for all:
    /// short waits cost it nothing.
    var backoff = Backoff(base: 0.2, cap: 15)

    enum Reading {
        /// Records are copied as they come.
        case proceeding
        /// The record that was copied last is read again first: it shows whether this is still the same topic.
        case checking(ProgressRecord.Anchor)
        /// The oldest record that the source has is to come, instead of what was due.
        case searching
        /// Not read until then (monotonic seconds).
        case parked(until: Double)
    }

    init(
        _ place: TopicPartition, target: String, lane: Lane, route: RelayRoute, metrics: TopicMetrics,
        stored: ProgressRecord
    ) {
        self.place = place
        self.target = target
        self.lane = lane
        self.route = route
        self.metrics = metrics
        self.stored = stored
        isNew = stored.written == 0
        next = stored.next
        anchor = stored.anchor
    }

    /// The progress of the transaction under way. All copies must be acknowledged.
    func account(now: Int64) -> ProgressRecord {
        stored.next = next
        stored.anchor = anchor
        stored.written = now
        if let last = route.targetOffsets.last { stored.target = last.upperBound }
        return stored
    }

    /// The spans of the transaction under way; nil where it copied nothing.
    var spans: SpanRecord? {
        let spans = CopiedSpan.match(route.sourceOffsets, route.targetOffsets)
        return spans.isEmpty ? nil : SpanRecord(place, targetTopic: target, spans: spans)
    }

    func heard() {
        isHeard = true
        vainAttempts = 0
    }

    /// Seconds to wait for it: longer with each attempt in vain. A long answer over a slow link is thrown away whenever
    /// its partition is taken anew.
    func patience(_ first: Double) -> Double {
        Backoff.ceiling(attempt: vainAttempts, base: first, cap: CopyLimits.longestPatience)
    }

    func settle() {
        isTouched = false
        route.reset()
    }
}

extension CopiedSpan {
    /// The n-th offset of `source` belongs to the n-th of `target`.
    static func match(_ source: [Range<Int64>], _ target: [Range<Int64>]) -> [CopiedSpan] {
        var spans: [CopiedSpan] = []
        var (sources, targets) = (source[...], target[...])
        while let from = sources.first, let to = targets.first {
            let count = min(from.count, to.count)
            spans.append(CopiedSpan(source: from.lowerBound, target: to.lowerBound, count: Int64(count)))
            sources[sources.startIndex] = from.lowerBound + Int64(count)..<from.upperBound
            targets[targets.startIndex] = to.lowerBound + Int64(count)..<to.upperBound
            if sources[sources.startIndex].isEmpty { sources.removeFirst() }
            if targets[targets.startIndex].isEmpty { targets.removeFirst() }
        }
        return spans
    }
}
