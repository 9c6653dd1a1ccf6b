import EFDKafka

/// The committed progress of a lane, and its open transaction. It moves with the lane from owner to owner.
struct LaneState {
    let number: Int
    /// The target's progress of each source partition of this lane.
    private(set) var progress: [TopicPartition: ProgressRecord]
    /// Nothing has ever been copied on this lane.
    private(set) var isFresh: Bool

    // MARK: The open transaction

    /// Start of the open transaction in monotonic seconds; nil: none is open.
    private(set) var begun: Double?
    /// Bytes copied in it.
    private(set) var bytes = 0
    /// Ids of the partitions with records in it.
    private(set) var touched: [Int] = []
    /// Progress that is committed with it without copies.
    private(set) var notes: [ProgressRecord] = []
    /// The lane leaves the thread when the transaction ends.
    var isLeaving = false

    init(_ number: Int, progress: [TopicPartition: ProgressRecord]) {
        (self.number, self.progress) = (number, progress)
        isFresh = progress.isEmpty
    }

    var isOpen: Bool { begun != nil }

    mutating func begin(_ now: Double) {
        precondition(begun == nil, "lane \(number) has an open transaction already")
        begun = now
    }

    mutating func note(_ record: ProgressRecord) { notes.append(record) }

    /// Partitions that appear from now on did not exist when the lane was new.
    mutating func age() { isFresh = false }

    mutating func touch(_ id: Int, isFirst: Bool, bytes: Int) {
        precondition(begun != nil, "a record is copied outside of a transaction")
        if isFirst { touched.append(id) }
        self.bytes += bytes
    }

    func isDue(_ now: Double, seconds: Double, bytes limit: Int) -> Bool {
        begun.map { now - $0 >= seconds || bytes >= limit } ?? false
    }

    mutating func committed(_ transaction: LaneTransaction) {
        precondition(begun != nil, "lane \(number) commits without a transaction")
        precondition(notes.count == transaction.notes.count, "lane \(number) commits other notes")
        for record in transaction.notes { progress[record.partition] = record }
        for copy in transaction.copies { progress[copy.progress.partition] = copy.progress }
        begun = nil
        bytes = 0
        touched.removeAll(keepingCapacity: true)
        notes.removeAll()
    }
}

/// The contents of a transaction beside the copies themselves.
struct LaneTransaction {
    struct Copies {
        /// The id of the partition in its copy thread.
        let id: Int
        /// Records that the target must acknowledge.
        let count: Int
        var progress: ProgressRecord
    }

    /// Progress of partitions without copies.
    var notes: [ProgressRecord]
    var copies: [Copies]
}
