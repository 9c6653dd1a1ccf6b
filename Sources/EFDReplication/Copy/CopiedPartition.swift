import EFDCore
import EFDKafka

/// The state of one source partition in a copy thread: where reading starts, which records are copied, and whether the
/// source still has the copied topic.
///
/// Pure: no I/O and no clock. Times are monotonic seconds; `poll` is the number of the copy thread's last poll.
struct CopiedPartition {
    enum Reading: Equatable {
        /// Records are copied as they arrive.
        case copying
        /// The last copied record is read again first: it verifies that the topic is the same.
        case verifying(ProgressRecord.Anchor)
        /// The source's oldest record comes next: the partition is new, or its next offset was out of range.
        case searching
        /// Not read until that time.
        case stalled(until: Double)
        /// Not read until the open transaction ends; then it starts over at that offset.
        case restarting(at: Int64)
        /// No longer read; removed when the open transaction ends.
        case leaving
    }

    /// The verdict on a run of records.
    enum Verdict: Equatable {
        case ignore
        /// Copy the records from this offset on.
        case copy(from: Int64)
        case lost(SourceLoss)
    }

    let partition: TopicPartition
    /// Name of the topic at the target.
    let target: String
    /// Number of the lane that copies it.
    let lane: Int

    /// The offset of the next record to copy.
    private(set) var next: Int64
    /// The last record copied.
    private(set) var anchor: ProgressRecord.Anchor?
    /// The target's progress.
    private(set) var stored: ProgressRecord
    /// Nothing is copied yet: it starts at the oldest record, whatever its offset.
    private(set) var isNew: Bool
    private(set) var reading = Reading.copying
    /// The loss that stopped the partition was reported.
    private(set) var isLossReported = false
    /// Stalls since the last commit of a record. The stall is reported until this is 0.
    private(set) var stalls = 0

    // MARK: In the open transaction

    /// Processed source records, and copies of them; they differ by records that provenance excludes.
    private(set) var taken = 0
    private(set) var copies = 0
    /// Bytes of keys and values.
    private(set) var bytes = 0

    // MARK: Requests to the source's client

    /// The offset to fetch from next, not yet passed on to the client.
    private var request: Int64?
    /// The client fetches the partition.
    private var isFetched = false
    /// The poll after which `request` was made: results of that poll or an earlier one are ignored.
    private var requestedAfter = 0
    /// The client has returned a record or the partition's end since.
    private var isHeard = false
    /// Requests repeated since the client returned anything.
    private var repeats = 0
    /// The next offset at the last check, and since when it has not changed.
    private var watch: (next: Int64, since: Double)
    /// The committed offset; the partition never resumes below it, unless it starts over.
    private var floor: Int64

    init(_ partition: TopicPartition, target: String, lane: Int, stored: ProgressRecord) {
        (self.partition, self.target, self.lane, self.stored) = (partition, target, lane, stored)
        isNew = stored.written == 0
        next = stored.next
        anchor = stored.anchor
        floor = stored.next
        watch = (stored.next, 0)
    }

    /// Whether the consumer must return records of it.
    var isReading: Bool {
        switch reading {
        case .copying, .verifying, .searching: true
        case .stalled, .restarting, .leaving: false
        }
    }

    // MARK: Where reading starts

    /// Starts at `offset` instead of the oldest record; for a partition without copies.
    mutating func begin(at offset: Int64) {
        precondition(isNew && taken == 0, "\(partition) already has a position")
        (next, isNew) = (offset, false)
    }

    /// Resumes reading: at the last copied record, if there is one, to verify the topic's identity.
    mutating func open(_ now: Double, poll: Int) {
        precondition(reading != .leaving, "\(partition) was removed")
        if isNew {
            fetch(PartitionOffset.beginning, .searching, now, poll)
        } else if let anchor {
            fetch(anchor.offset, .verifying(anchor), now, poll)
        } else {
            fetch(next, .copying, now, poll)
        }
    }

    /// The next offset is out of range at the source. Returns false when the answer belongs to an earlier request.
    mutating func offsetRefused(_ now: Double, poll: Int) -> Bool {
        guard isReading, poll > requestedAfter else { return false }
        fetch(PartitionOffset.beginning, .searching, now, poll)
        return true
    }

    /// Starts over at `offset`, or at the oldest record: the source no longer has the earlier copied records.
    mutating func restart(at offset: Int64, _ now: Double, poll: Int) {
        precondition(taken == 0, "\(partition) starts over with copies in an open transaction")
        anchor = nil
        isNew = offset < 0
        next = max(0, offset)
        floor = 0
        reading = .copying
        open(now, poll: poll)
    }

    private mutating func fetch(_ offset: Int64, _ reading: Reading, _ now: Double, _ poll: Int) {
        self.reading = reading
        request = offset
        requestedAfter = poll
        isHeard = false
        watch = (next, now)
    }

    /// Whether the client must stop fetching, and from which offset it must fetch then.
    mutating func takeRequest() -> (stop: Bool, start: Int64?) {
        let start = isReading ? request : nil
        let stop = isFetched && (start != nil || !isReading)
        request = nil
        isFetched = start != nil || (isFetched && !stop)
        return (stop, start)
    }

    // MARK: Records

    /// The client returned the partition's end, or a record.
    mutating func heard(poll: Int) {
        guard poll > requestedAfter else { return }
        isHeard = true
        repeats = 0
    }

    /// Consecutive records were read, the first of them at offset `first`.
    ///
    /// - Parameter isSame: whether that first record is the one that was copied.
    mutating func read(from first: Int64, poll: Int, _ isSame: (ProgressRecord.Anchor) -> Bool) -> Verdict {
        guard isReading, poll > requestedAfter else { return .ignore }
        heard(poll: poll)
        switch reading {
        case .verifying(let anchor) where first == anchor.offset && !isSame(anchor):
            return .lost(
                SourceLoss("another record than the copied one is at offset \(first): the topic was recreated"))
        case .searching:
            if isNew { next = first }
            if first > next {
                return .lost(
                    SourceLoss(
                        "offsets \(next) to \(first - 1) were deleted before they were copied", records: first - next,
                        restart: first))
            }
            if first < next {
                return .lost(
                    SourceLoss("the next offset \(next) is gone: the topic was truncated or recreated", restart: first)
                )
            }
        default: break
        }
        reading = .copying
        return .copy(from: max(first, next))
    }

    /// Records up to `last` are in the open transaction.
    mutating func advance(through last: ProgressRecord.Anchor, taken: Int, copies: Int, bytes: Int) {
        precondition(last.offset >= next && taken > 0, "\(partition): offset \(last.offset) follows \(next - 1)")
        precondition(reading == .copying, "\(partition) is copied while it is not read")
        next = last.offset + 1
        anchor = last
        isNew = false
        self.taken += taken
        self.copies += copies
        self.bytes += bytes
    }

    /// Progress in the open transaction; the caller adds data that only the target knows.
    var progress: ProgressRecord {
        var record = stored
        (record.next, record.anchor) = (next, anchor)
        return record
    }

    /// The transaction is committed, with this progress. Returns whether a reported stall is over.
    mutating func committed(_ record: ProgressRecord) -> Bool {
        precondition(record.next >= floor, "progress of \(partition) decreases from \(floor) to \(record.next)")
        precondition(record.next == next, "\(partition) is committed at \(record.next), copied to \(next)")
        (stored, floor) = (record, record.next)
        let isRecovered = stalls > 0 && taken > 0 && isReading
        if taken > 0, isReading { stalls = 0 }
        (taken, copies, bytes) = (0, 0, 0)
        return isRecovered
    }

    // MARK: Stalls

    /// Stops reading for a while: longer each time if the cause is retriable, else for `CopyLimits.stallSeconds`.
    mutating func stall(_ error: EFDError, _ now: Double) {
        precondition(isReading, "\(partition) stalls while it is not read")
        let wait =
            error.isRetriable ? Backoff.ceiling(attempt: stalls, base: 0.2, cap: 15) : CopyLimits.stallSeconds
        stalls += 1
        reading = .stalled(until: now + wait)
    }

    mutating func stopAtLoss(_ error: EFDError, _ now: Double) {
        isLossReported = true
        stall(error, now)
    }

    mutating func wait(toRestartAt offset: Int64) { reading = .restarting(at: offset) }
    mutating func leave() { reading = .leaving }

    /// librdkafka 2.0.2 may forget a partition that is assigned while answers to earlier requests are in flight: the
    /// request is repeated if the client returns nothing of the partition for too long. Returns whether it was.
    ///
    /// The wait doubles with each repetition, which discards a long answer over a slow link.
    mutating func repeatIfSilent(hasMore: Bool, _ now: Double, poll: Int) -> Bool {
        guard isReading else { return false }
        var patience = CopyLimits.firstPatience
        if isHeard {
            guard hasMore, reading == .copying else { return false }
            if watch.next != next { watch = (next, now) }
            patience = CopyLimits.silencePatience
        }
        patience = Backoff.ceiling(attempt: repeats, base: patience, cap: CopyLimits.longestPatience)
        guard now - watch.since > patience else { return false }
        repeats += 1
        if reading == .searching {
            fetch(PartitionOffset.beginning, .searching, now, poll)
        } else {
            open(now, poll: poll)
        }
        return true
    }
}

/// The source lost records that were not copied, or the identity of a topic.
struct SourceLoss: Equatable {
    let text: String
    /// Offsets that were deleted before they were copied; 0 if unknown.
    let records: Int64
    /// Where copying resumes.
    let restart: Int64

    init(_ text: String, records: Int64 = 0, restart: Int64 = PartitionOffset.beginning) {
        (self.text, self.records, self.restart) = (text, records, restart)
    }

    func error(_ partition: TopicPartition, stops: Bool) -> EFDError {
        EFDError(
            .replicationSourceLost, "source partition \(partition): \(text)",
            remedy: stops
                ? "This partition stops: restart with --on-source-loss continue to resume at the oldest record"
                : "Copying resumes at the oldest record")
    }
}
