/// Decides which handle fetches each assigned partition, and from which offset. No clock and no I/O: events go in,
/// moves come out. Partitions are the small numbers of `SourceTable`.
///
/// Invariants: an assigned partition has exactly one place; only records from that place are accepted; a move starts at
/// the offset after the last accepted record.
struct FetchPlanner {
    struct Move: Equatable {
        let source: Int
        let from: FetchPlace
        let to: FetchPlace
        /// The offset of the next record, or a logical one before the first record.
        let offset: Int64
    }

    private struct Partition {
        var place: FetchPlace?
        var next = PartitionOffset.none
        var isRead = false
        var isPaused = false
        var isCandidate = false
        var arrivals = 0
        var windowBegan = 0.0
        var lastArrival = 0.0
    }

    private let limits: FetchLimits
    private var partitions: [Partition] = []
    private var candidates: [Int] = []
    private var busy: [Int] = []
    private(set) var assignedCount = 0
    /// Whether so many are assigned that partitions move to the busy handle.
    private(set) var isMany = false
    private var nextRound = 0.0
    private var nextDemotion = 0.0

    init(_ limits: FetchLimits) { self.limits = limits }

    // MARK: Assignment

    /// The partition was assigned to this consumer. It starts in the member, at that offset, which may be a logical
    /// one.
    mutating func assign(_ source: Int, at offset: Int64) {
        drop(source)
        while partitions.count <= source { partitions.append(Partition()) }
        let isCandidate = partitions[source].isCandidate
        partitions[source] = Partition(place: .member, next: offset, isCandidate: isCandidate)
        assignedCount += 1
        if assignedCount > limits.few { isMany = true }
    }

    mutating func release(_ source: Int) {
        drop(source)
        if assignedCount == 0 { isMany = false }
    }

    private mutating func drop(_ source: Int) {
        guard let place = place(of: source) else { return }
        partitions[source].place = nil
        if place == .busy { busy.removeAll { $0 == source } }
        assignedCount -= 1
    }

    var assigned: [Int] { partitions.indices.filter { partitions[$0].place != nil } }

    /// nil: the partition is not assigned.
    func place(of source: Int) -> FetchPlace? { source < partitions.count ? partitions[source].place : nil }

    // MARK: Reading

    /// The offset after the last record read; nil: none was read since it was assigned or sought.
    func position(of source: Int) -> Int64? {
        guard place(of: source) != nil, partitions[source].isRead else { return nil }
        return partitions[source].next
    }

    /// The lowest offset that may be read next. Below it are records that a handle fetched before it was sought.
    func expected(_ source: Int) -> Int64 { partitions[source].next }

    func isPaused(_ source: Int) -> Bool { source < partitions.count && partitions[source].isPaused }

    /// Records up to offset `last` were read from the partition's place at that time (monotonic seconds).
    mutating func read(_ source: Int, through last: Int64, at now: Double) {
        partitions[source].next = last + 1
        partitions[source].isRead = true
        guard isMany else { return }
        if now - partitions[source].windowBegan > limits.window {
            partitions[source].windowBegan = now
            partitions[source].arrivals = 0
        }
        partitions[source].arrivals += 1
        partitions[source].lastArrival = now
        if partitions[source].arrivals == limits.arrivals { nominate(source) }
    }

    /// Reading resumes at that offset, which may be a logical one.
    mutating func seek(_ source: Int, to offset: Int64) {
        guard place(of: source) != nil else { return }
        partitions[source].next = offset
        partitions[source].isRead = false
    }

    mutating func pause(_ source: Int) {
        guard place(of: source) != nil else { return }
        partitions[source].isPaused = true
    }

    mutating func resume(_ source: Int, at now: Double) {
        guard place(of: source) != nil else { return }
        partitions[source].isPaused = false
        // Waiting records will arrive.
        partitions[source].lastArrival = now
    }

    private mutating func nominate(_ source: Int) {
        guard partitions[source].place != .busy, !partitions[source].isCandidate else { return }
        partitions[source].isCandidate = true
        candidates.append(source)
    }

    // MARK: Moves

    /// The moves to make now; marks them as made.
    mutating func moves(at now: Double) -> [Move] {
        guard isMany, now >= nextRound else { return [] }
        nextRound = now + limits.interval
        var moves: [Move] = []
        let isFull = busy.count >= limits.busy && !candidates.isEmpty
        if isFull || now >= nextDemotion {
            nextDemotion = now + limits.demotionInterval
            demote(after: isFull ? limits.patienceWhenFull : limits.patience, now, &moves)
        }
        promote(now, &moves)
        return moves
    }

    private mutating func demote(after patience: Double, _ now: Double, _ moves: inout [Move]) {
        for source in busy where now - partitions[source].lastArrival >= patience && canMove(source) {
            move(source, to: .member, &moves)
            partitions[source].arrivals = 0
        }
        busy.removeAll { partitions[$0].place != .busy }
    }

    private mutating func promote(_ now: Double, _ moves: inout [Move]) {
        var waiting: [Int] = []
        for source in candidates {
            partitions[source].isCandidate = false
            guard partitions[source].place == .member, canMove(source) else { continue }
            let isBusy =
                partitions[source].arrivals >= limits.arrivals
                && now - partitions[source].lastArrival < limits.patienceWhenFull
            if isBusy, busy.count < limits.busy {
                move(source, to: .busy, &moves)
                busy.append(source)
            } else if isBusy {
                partitions[source].isCandidate = true
                waiting.append(source)
            } else {
                partitions[source].arrivals = 0
            }
        }
        candidates = waiting
    }

    /// A paused partition stays where it is, and so does one without an exact offset: a second look at the end of its
    /// log could skip records.
    private func canMove(_ source: Int) -> Bool { !partitions[source].isPaused && partitions[source].next >= 0 }

    private mutating func move(_ source: Int, to place: FetchPlace, _ moves: inout [Move]) {
        guard let from = partitions[source].place else { return }
        moves.append(Move(source: source, from: from, to: place, offset: partitions[source].next))
        partitions[source].place = place
    }
}
