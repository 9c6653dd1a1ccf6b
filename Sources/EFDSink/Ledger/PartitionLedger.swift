/// The progress of each assigned partition, from its first record to its commit: a struct without I/O or clock.
///
/// Events go in (assigned, record read, sent, written, rejected, stalled, revoked), decisions come out (take or skip,
/// seek offset, commit offset). The consumer's numbers identify the partitions.
///
/// For each assignment of a partition these offsets only increase, in this order:
///
///     durable ≤ written ≤ sent ≤ next
///
/// Only `durable` is committed. A writer that keeps rows open (a buffer, a window) passes the first open one to
/// `finished`, and `durable` stays there.
struct PartitionLedger {
    /// Why a partition's records are not taken now.
    enum Stall: Equatable {
        /// Its writer is full: it resumes automatically.
        case writerFull
        /// The schema of its next record is unknown yet: retried.
        case schema(Int32)
        /// A person must act: retried at times.
        case quarantined
    }

    /// The decision on a record.
    enum Admission: Equatable {
        case take
        /// Not of this assignment, or of a stalled partition: it is read again later.
        case drop
        /// It was taken before.
        case repeated
        /// The last stored record, read again for verification: it is the same.
        case verified
        /// Another record has the offset of the last stored one: the topic was deleted and created again.
        case recreated
    }

    /// A writer's report on a batch.
    struct Written: Equatable {
        /// The offset after the batch's last record of the partition.
        let next: Int64
        let rows: Int
        /// `private_sndStamp` of the first row, in UTC seconds; NaN: none.
        let stamp: Double
    }

    /// Newly durable progress.
    struct Progress: Equatable {
        /// The offset to commit: every record before it is finished.
        let offset: Int64
        let rows: Int
        let stamps: [Double]
    }

    struct Partition {
        /// Counts assignments, and each restart of the partition from an earlier offset. Records read under an earlier
        /// count are obsolete. 0: it was never assigned.
        fileprivate(set) var assignment = 0
        fileprivate(set) var isAssigned = false
        /// The offset of the next record to take; nil until the first one arrives, if the group's commit decides.
        fileprivate(set) var next: Int64?
        /// Start of this assignment.
        fileprivate(set) var start: Int64?
        /// The destination's position, until the record before it is verified.
        fileprivate(set) var verification: SinkPosition?
        fileprivate(set) var sent: Int64?
        fileprivate(set) var durable: Int64?
        /// Written but not yet durable progress, in order.
        fileprivate(set) var open: [Written] = []
        fileprivate(set) var stall: Stall?
        /// Records arrived while it was stalled: reading resumes with a seek.
        fileprivate(set) var hasDropped = false
        /// The offset that could not be stored, until it is.
        fileprivate(set) var failedOffset: Int64?

        fileprivate mutating func begin(at offset: Int64?, verifying position: SinkPosition?) {
            assignment += 1
            next = offset
            start = offset
            verification = position
            sent = offset
            durable = offset
            open = []
            stall = nil
            hasDropped = false
        }
    }

    private(set) var partitions: [Partition] = []

    subscript(_ number: Int) -> Partition {
        get { number < partitions.count ? partitions[number] : Partition() }
        set {
            while partitions.count <= number { partitions.append(Partition()) }
            partitions[number] = newValue
        }
    }

    // MARK: Assignments

    /// The partition is assigned. Returns the offset to read from; nil: the group's commit decides.
    mutating func assign(_ number: Int, at position: SinkPosition?) -> Int64? {
        self[number].begin(at: position?.offset, verifying: position?.timestampBefore == nil ? nil : position)
        partitions[number].isAssigned = true
        partitions[number].failedOffset = nil
        return Self.reading(from: position)
    }

    /// The partition is revoked: nothing of it is committed any longer.
    mutating func revoke(_ number: Int) {
        self[number].begin(at: nil, verifying: nil)
        partitions[number].isAssigned = false
        partitions[number].failedOffset = nil
    }

    /// Restarts reading of a partition: from its position, or after its last durable record if the group's commit
    /// decides.
    ///
    /// - Parameter isResolved: the destination now accepts the failed record, as far as known; else the partition needs
    ///   attention until that record is durable.
    /// - Returns: the offset to seek to; nil: none is known, so the partition's beginning.
    mutating func restart(_ number: Int, at position: SinkPosition?, isResolved: Bool) -> Int64? {
        let partition = self[number]
        precondition(partition.isAssigned, "only an assigned partition is read again")
        let offset = position?.offset ?? (isResolved ? nil : partition.durable ?? partition.start)
        self[number].begin(at: offset, verifying: position?.timestampBefore == nil ? nil : position)
        if isResolved { partitions[number].failedOffset = nil }
        return position == nil ? offset : Self.reading(from: position)
    }

    /// The log of the partition restarts at a lower offset: earlier records are of the former log.
    mutating func rewind(_ number: Int, to offset: Int64) { self[number].begin(at: offset, verifying: nil) }

    /// Includes the record before the position, for verification.
    private static func reading(from position: SinkPosition?) -> Int64? {
        guard let position else { return nil }
        return position.timestampBefore != nil && position.offset > 0 ? position.offset - 1 : position.offset
    }

    // MARK: Records

    /// Whether to process records that were just polled, from `offset` on. Those of a stalled partition are skipped,
    /// and read again when it resumes.
    mutating func receives(_ number: Int, from offset: Int64) -> Bool {
        guard self[number].isAssigned else { return false }
        if self[number].stall == nil { return true }
        dropped(number, at: offset)
        return false
    }

    /// Decides on a record. Call `took` after taking it.
    func admit(_ number: Int, offset: Int64, timestamp: Int64?) -> Admission {
        let partition = self[number]
        guard partition.isAssigned, partition.stall == nil || partition.stall == .writerFull else { return .drop }
        guard let next = partition.next, offset < next else { return .take }
        guard let position = partition.verification else { return .repeated }
        return offset == position.offset - 1 && timestamp == position.timestampBefore ? .verified : .recreated
    }

    /// Whether the record is the next one or later, in a partition that is not stalled: the usual case, decided fast.
    @inline(__always) func isNew(_ number: Int, _ offset: Int64) -> Bool {
        guard number < partitions.count, partitions[number].isAssigned, partitions[number].stall == nil,
            let next = partitions[number].next
        else { return false }
        return offset >= next
    }

    mutating func took(_ number: Int, _ offset: Int64) {
        if partitions[number].start == nil { partitions[number].start = offset }
        precondition(partitions[number].next ?? offset <= offset, "records of a partition are taken in order")
        partitions[number].next = offset + 1
        partitions[number].verification = nil
    }

    /// A record arrived that is not taken now. The first one of a partition determines where reading resumes.
    mutating func dropped(_ number: Int, at offset: Int64) {
        partitions[number].hasDropped = true
        guard self[number].next == nil else { return }
        partitions[number].next = offset
        partitions[number].start = offset
    }

    /// All taken records of the partition were sent to a writer.
    mutating func sent(_ number: Int) { partitions[number].sent = partitions[number].next }

    // MARK: Writers

    /// A writer has written the records before `written.next`, and keeps those from `firstOpen` on open; nil: none.
    ///
    /// Returns the newly durable progress; nil: none, or not of the current assignment.
    mutating func finished(_ number: Int, _ assignment: Int, _ written: Written?, firstOpen: Int64?) -> Progress? {
        guard self[number].isAssigned, self[number].assignment == assignment else { return nil }
        if let written {
            precondition(written.next <= self[number].sent ?? .min, "a writer stores what it was sent")
            precondition(written.next >= self[number].open.last?.next ?? .min, "a writer stores in order")
            partitions[number].open.append(written)
        }
        guard let next = firstOpen ?? self[number].open.last?.next else { return nil }
        let before = self[number].durable ?? self[number].start ?? .min
        precondition(next >= before, "durable offsets never decrease")
        guard next > before || self[number].durable == nil else { return nil }
        let done = self[number].open.prefix { $0.next <= next }
        partitions[number].open.removeFirst(done.count)
        partitions[number].durable = next
        if let failed = self[number].failedOffset, failed < next { partitions[number].failedOffset = nil }
        return Progress(
            offset: next, rows: done.reduce(0) { $0 + $1.rows }, stamps: done.map(\.stamp).filter(\.isFinite))
    }

    /// A record cannot be stored until a person acts. True: pause reading of the partition.
    mutating func refused(_ number: Int, _ assignment: Int, at offset: Int64) -> Bool {
        guard self[number].isAssigned, self[number].assignment == assignment else { return false }
        guard self[number].stall != .quarantined else { return false }
        partitions[number].stall = .quarantined
        partitions[number].hasDropped = true
        partitions[number].failedOffset = min(offset, self[number].failedOffset ?? offset)
        return true
    }

    // MARK: Stalls

    /// Stalls the partition for a while. True: pause reading of it.
    mutating func stall(_ number: Int, _ reason: Stall) -> Bool {
        guard self[number].isAssigned, self[number].stall == nil else { return false }
        partitions[number].stall = reason
        return true
    }

    /// The partition resumes. Returns the offset to seek to before reading resumes; nil: none is needed.
    mutating func resume(_ number: Int) -> Int64? {
        precondition(
            self[number].stall != nil && self[number].stall != .quarantined, "a quarantine ends with a restart")
        let mustSeek = self[number].hasDropped
        partitions[number].stall = nil
        partitions[number].hasDropped = false
        return mustSeek ? self[number].next : nil
    }

    /// Whether records of the partition wait for a person, or did and are not stored yet.
    func needsAttention(_ number: Int) -> Bool { self[number].failedOffset != nil }
}
