import EFDCore
import EFDKafka

/// The decisions of one copy thread: its lanes, their transactions and their partitions.
///
/// Pure: no I/O and no clock. Each method is an event; `takeActions` and `takeRequests` return the resulting actions,
/// and are called after every event. A stall belongs to one partition, a failed transaction to one lane.
struct CopyState {
    struct Rules: Sendable {
        /// Number of lanes of the whole replication.
        let lanes: Int
        let commitInterval: Double
        let transactionBytes: Int
        /// A new lane starts at the end of its partitions.
        let startsAtEnd: Bool
        /// A partition with lost source records stops.
        let stopsAtLoss: Bool
    }

    enum Action {
        /// Begin a transaction, then call `began` or `failed`.
        case begin(lane: Int)
        /// Commit these transactions at the same time, then call `committed` or `failed` for each.
        case commit(lanes: [Int])
        /// Hand the lane over: everything is committed, and no partition of it is read.
        case release(LaneState)
        /// Discard the lane's producer: only the target knows which records are committed.
        case discard(lane: Int, EFDError)
        /// The next owner of the lane stalls this partition.
        case postpone(TopicPartition, EFDError)
        case reportStall(TopicPartition, EFDError)
        case reportRecovery(TopicPartition)
        case reportLoss(TopicPartition, SourceLoss, isFirst: Bool)
        /// The id no longer has a partition.
        case forget(id: Int)
    }

    /// A partition to add.
    struct Addition {
        let partition: TopicPartition
        let topic: CatalogueTopic
        let lane: Int
        /// Nothing of it is copied.
        let isNew: Bool
    }

    private(set) var lanes: [Int: LaneState] = [:]
    private var partitions: [CopiedPartition?] = []
    private var ids: [TopicPartition: Int] = [:]
    private var freeIDs: [Int] = []
    private var stalled: [Int] = []
    private var actions: [Action] = []
    /// Ids with a request for the source's client, and partitions that left while they were fetched.
    private var changed: [Int] = []
    private var left: [TopicPartition] = []
    private var now = 0.0
    private var poll = 0
    /// Seconds of the last commit, and whether records were waiting since.
    private var commitSeconds = 0.0
    private var isBehind = false
    private let rules: Rules

    init(_ rules: Rules) { self.rules = rules }

    subscript(id: Int) -> CopiedPartition? { id < partitions.count ? partitions[id] : nil }
    var count: Int { ids.count }
    func id(of partition: TopicPartition) -> Int? { ids[partition] }

    // MARK: Time

    /// Wakes partitions whose stall is over, and ends transactions that have lasted long enough.
    mutating func tick(_ now: Double) {
        self.now = now
        if !stalled.isEmpty { wake() }
        let seconds = transactionSeconds
        guard lanes.values.contains(where: { $0.isDue(now, seconds: seconds, bytes: rules.transactionBytes) }) else {
            return
        }
        actions.append(.commit(lanes: lanes.values.filter(\.isOpen).map(\.number)))
        isBehind = false
    }

    /// A poll returned, with the maximum number of records if `isFull`. Following events until the next call belong to
    /// it.
    mutating func polled(_ now: Double, isFull: Bool) {
        self.now = now
        poll += 1
        if isFull { isBehind = true }
    }

    /// Seconds until a transaction must end; nil: none is open.
    func secondsUntilDue(_ now: Double) -> Double? {
        lanes.values.compactMap(\.begun).min().map { $0 + transactionSeconds - now }
    }

    /// Longer than the interval if commits are slow and records wait, so that the time is spent copying.
    private var transactionSeconds: Double {
        guard isBehind else { return rules.commitInterval }
        return max(rules.commitInterval, min(CopyLimits.longestTransaction, commitSeconds / CopyLimits.commitShare))
    }

    private mutating func wake() {
        let waiting = stalled
        stalled.removeAll(keepingCapacity: true)
        for id in waiting {
            guard case .stalled(let until) = partitions[id]?.reading else { continue }
            if until <= now { open(id) } else { stalled.append(id) }
        }
    }

    // MARK: Lanes

    mutating func assigned(_ lane: LaneState) {
        precondition(lanes[lane.number] == nil && !lane.isOpen, "lane \(lane.number) has two owners")
        lanes[lane.number] = lane
    }

    /// The lanes leave this thread, committed. Unknown numbers are ignored: such a lane failed meanwhile.
    mutating func revoked(_ numbers: [Int]) {
        var open: [Int] = []
        for number in numbers where lanes[number] != nil {
            lanes[number]?.isLeaving = true
            if lanes[number]?.isOpen == true { open.append(number) } else { release(number) }
        }
        if !open.isEmpty { actions.append(.commit(lanes: open)) }
    }

    mutating func began(_ lane: Int, _ now: Double) { lanes[lane]?.begin(now) }

    /// The lane's open transaction; nil: none is open. The caller completes its progress with data that only the target
    /// knows.
    func transaction(ofLane number: Int) -> LaneTransaction? {
        guard let lane = lanes[number], lane.isOpen else { return nil }
        let copies = lane.touched.compactMap { id in
            partitions[id].map { LaneTransaction.Copies(id: id, count: $0.copies, progress: $0.progress) }
        }
        return LaneTransaction(notes: lane.notes, copies: copies)
    }

    /// A transaction is committed: that of `transaction(ofLane:)`, completed.
    mutating func committed(_ number: Int, _ transaction: LaneTransaction, seconds: Double) {
        precondition(
            lanes[number]?.touched.count == transaction.copies.count, "lane \(number) commits what it has not copied")
        commitSeconds = seconds
        lanes[number]?.committed(transaction)
        for copy in transaction.copies { committed(copy) }
        if lanes[number]?.isLeaving == true { release(number) }
    }

    private mutating func committed(_ copy: LaneTransaction.Copies) {
        let (id, record) = (copy.id, copy.progress)
        precondition(partitions[id]?.partition == record.partition, "\(record.partition) has two owners")
        precondition(partitions[id]?.copies == copy.count, "\(record.partition) is committed beyond its copies")
        if partitions[id]?.committed(record) == true { actions.append(.reportRecovery(record.partition)) }
        switch partitions[id]?.reading {
        case .restarting(let offset):
            partitions[id]?.restart(at: offset, now, poll: poll)
            changed.append(id)
        case .leaving: remove(id)
        default: break
        }
    }

    /// The lane is unusable. Its next owner resumes at the target's progress.
    ///
    /// - Parameter faulty: the partition at fault, if any, and why the target rejects its copies: it stalls and the
    ///   others continue.
    mutating func failed(_ number: Int, _ error: EFDError, faulty: (id: Int, error: EFDError)? = nil) {
        guard lanes.removeValue(forKey: number) != nil else { return }
        if let faulty, let partition = partitions[faulty.id]?.partition {
            actions.append(.postpone(partition, faulty.error))
        }
        removeAll(ofLane: number)
        actions.append(.discard(lane: number, error))
    }

    private mutating func release(_ number: Int) {
        removeAll(ofLane: number)
        guard var lane = lanes.removeValue(forKey: number) else { return }
        lane.isLeaving = false
        actions.append(.release(lane))
    }

    // MARK: Partitions

    /// Removes partitions that are no longer in the catalogue, once their copies are committed.
    mutating func retain(_ topics: [CatalogueTopic]) {
        let topics = Dictionary(topics.map { ($0.name, $0) }) { one, _ in one }
        var open: Set<Int> = []
        for (partition, id) in ids {
            guard let state = partitions[id] else { continue }
            if let topic = topics[partition.topic], partition.partition < topic.partitions, topic.target == state.target
            {
                continue
            }
            if state.taken == 0 {
                remove(id)
            } else {
                partitions[id]?.leave()
                changed.append(id)
                open.insert(state.lane)
            }
        }
        if !open.isEmpty { actions.append(.commit(lanes: open.sorted())) }
    }

    /// The catalogue's partitions on this thread's lanes that are not copied yet.
    func additions(_ topics: [CatalogueTopic]) -> [Addition] {
        guard !lanes.isEmpty else { return [] }
        return topics.flatMap { topic in
            (0..<Int32(topic.partitions)).compactMap { number in
                let partition = TopicPartition(topic.name, number)
                guard let lane = lanes[LanePartitioner.lane(of: partition, among: rules.lanes)], ids[partition] == nil
                else { return nil }
                let isNew = (lane.progress[partition]?.written ?? 0) == 0
                return Addition(partition: partition, topic: topic, lane: lane.number, isNew: isNew)
            }
        }
    }

    /// Starts to copy a partition. Returns its id.
    ///
    /// - Parameters:
    ///   - offset: where a new partition starts, which is committed immediately; nil: at its oldest record.
    ///   - error: why the target rejected its copies; it stalls then.
    mutating func add(_ addition: Addition, at offset: Int64?, stalledBy error: EFDError?) -> Int {
        let partition = addition.partition
        precondition(ids[partition] == nil && lanes[addition.lane] != nil, "\(partition) has two owners")
        var state = CopiedPartition(
            partition, target: addition.topic.target, lane: addition.lane,
            stored: lanes[addition.lane]?.progress[partition] ?? ProgressRecord(partition, next: 0))
        if let offset {
            state.begin(at: offset)
            note(ProgressRecord(partition, next: offset), addition.lane)
        }
        let id = freeIDs.popLast() ?? partitions.count
        if id == partitions.count { partitions.append(state) } else { partitions[id] = state }
        ids[partition] = id
        open(id)
        if let error { stall(id, error) }
        return id
    }

    /// All partitions that exist now were added to the lane: later ones are copied from their beginning.
    mutating func age(_ number: Int) {
        guard lanes[number]?.isFresh == true else { return }
        lanes[number]?.age()
        if rules.startsAtEnd { note(ProgressRecord(TopicPartition("", Int32(number)), next: 0), number) }
    }

    private mutating func note(_ record: ProgressRecord, _ lane: Int) {
        lanes[lane]?.note(record)
        if lanes[lane]?.isOpen == false { actions.append(.begin(lane: lane)) }
    }

    private mutating func open(_ id: Int) {
        partitions[id]?.open(now, poll: poll)
        changed.append(id)
    }

    private mutating func removeAll(ofLane number: Int) {
        for (_, id) in ids where partitions[id]?.lane == number { remove(id) }
    }

    private mutating func remove(_ id: Int) {
        guard var state = partitions[id] else { return }
        state.leave()
        if state.takeRequest().stop { left.append(state.partition) }
        if state.stalls > 0 { actions.append(.reportRecovery(state.partition)) }
        partitions[id] = nil
        ids[state.partition] = nil
        freeIDs.append(id)
        actions.append(.forget(id: id))
    }

    // MARK: Records

    /// Consecutive records of a partition were read, the first of them at offset `first`. Returns the offset from which
    /// to copy them; nil: none of them.
    ///
    /// - Parameter seen: creates an anchor of that first record.
    mutating func read(_ id: Int, from first: Int64, _ isSame: (ProgressRecord.Anchor) -> Bool) -> Int64? {
        switch partitions[id]?.read(from: first, poll: poll, isSame) {
        case .copy(let offset):
            if let lane = partitions[id]?.lane, lanes[lane]?.begun == nil { actions.append(.begin(lane: lane)) }
            return offset
        case .lost(let loss): lost(id, loss)
        case .ignore, nil: break
        }
        return nil
    }

    /// Records were passed to the lane's producer; `last` is the last of them.
    mutating func forwarded(_ id: Int, through last: ProgressRecord.Anchor, taken: Int, copies: Int, bytes: Int) {
        guard let lane = partitions[id]?.lane else { preconditionFailure("a record of another thread is copied") }
        lanes[lane]?.touch(id, isFirst: partitions[id]?.taken == 0, bytes: bytes)
        partitions[id]?.advance(through: last, taken: taken, copies: copies, bytes: bytes)
    }

    /// The next record cannot be copied now: its schema is missing, or the target rejects it. Others continue.
    mutating func stall(_ id: Int, _ error: EFDError) {
        guard let state = partitions[id], state.isReading else { return }
        partitions[id]?.stall(error, now)
        report(id, error)
    }

    private mutating func report(_ id: Int, _ error: EFDError) {
        stalled.append(id)
        changed.append(id)
        if let partition = partitions[id]?.partition { actions.append(.reportStall(partition, error)) }
    }

    private mutating func lost(_ id: Int, _ loss: SourceLoss) {
        guard let state = partitions[id] else { return }
        actions.append(.reportLoss(state.partition, loss, isFirst: !state.isLossReported))
        changed.append(id)
        if rules.stopsAtLoss {
            let error = loss.error(state.partition, stops: true)
            partitions[id]?.stopAtLoss(error, now)
            report(id, error)
        } else if state.taken == 0 {
            partitions[id]?.restart(at: loss.restart, now, poll: poll)
        } else {
            // The copies of the old topic are committed first: progress never refers to two topics.
            partitions[id]?.wait(toRestartAt: loss.restart)
            actions.append(.commit(lanes: [state.lane]))
        }
    }

    // MARK: The source's client

    mutating func reachedEnd(_ partition: TopicPartition) {
        if let id = ids[partition] { partitions[id]?.heard(poll: poll) }
    }

    /// Returns whether to look for the source's oldest record instead.
    mutating func offsetRefused(_ partition: TopicPartition) -> Bool {
        guard let id = ids[partition], partitions[id]?.offsetRefused(now, poll: poll) == true else { return false }
        changed.append(id)
        return true
    }

    /// A topic that was missing may have been recreated: its last copied record is read again.
    mutating func topicMissing(_ partition: TopicPartition) {
        guard let id = ids[partition], partitions[id]?.isReading == true else { return }
        open(id)
    }

    /// Checks every partition against the offset after its newest record, if known; requests silent ones again. Returns
    /// their number.
    mutating func measure(_ now: Double, end: (TopicPartition) -> Int64?, each body: (CopiedPartition, Int64) -> Void)
        -> Int
    {
        self.now = now
        var silent = 0
        for id in partitions.indices {
            guard let state = partitions[id] else { continue }
            let lag = end(state.partition).map { max(0, $0 - state.next) }
            if let lag { body(state, lag) }
            guard partitions[id]?.repeatIfSilent(hasMore: lag ?? 0 > 0, now, poll: poll) == true else { continue }
            changed.append(id)
            silent += 1
        }
        return silent
    }

    // MARK: Results

    mutating func takeActions() -> [Action] {
        guard !actions.isEmpty else { return [] }
        defer { actions.removeAll() }
        return actions
    }

    /// The partitions that the source's client must stop fetching, then those it must fetch, from these offsets.
    mutating func takeRequests() -> (stop: [TopicPartition], start: [PartitionOffset]) {
        guard !changed.isEmpty || !left.isEmpty else { return ([], []) }
        var (stop, start) = (left, [PartitionOffset]())
        for id in changed {
            guard let request = partitions[id]?.takeRequest(), let partition = partitions[id]?.partition else {
                continue
            }
            if request.stop { stop.append(partition) }
            if let offset = request.start { start.append(PartitionOffset(partition, offset)) }
        }
        changed.removeAll(keepingCapacity: true)
        left.removeAll()
        return (stop, start)
    }
}
