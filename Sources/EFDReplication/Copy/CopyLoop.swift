import EFDCore
import EFDKafka

/// One copy thread: a consumer of the source, and its lanes.
///
///     poll ──> forward to the producers of the lanes ──> commit all of them together ──> store the source's offsets
///
/// `CopyState` decides; the loop performs its actions, and reports their outcome. While it commits, the consumer's own
/// threads continue to fetch into a bounded queue.
final class CopyLoop {
    let context: CopyContext
    let consumer: KafkaConsumer
    var state: CopyState
    var lanes: [Int: Lane] = [:]
    /// By the ids of `state`.
    var sources: [SourcePartition?] = []
    /// The same by the consumer's numbers.
    var sourcesByRun: [SourcePartition?] = []
    /// The version of the catalogue that `state` has partitions for; -1: none, check again.
    var catalogueVersion = -1
    private let thread: CopyThread
    private let beatName: String
    private var isEnding = false
    private var pace = AdaptiveInterval(interval: CopyLimits.measureInterval)
    /// Events of the last poll.
    private var refusedOffsets: [(TopicPartition, Int64)] = []
    private var missingTopics: Set<TopicPartition> = []
    private var ends: [TopicPartition] = []

    init(_ thread: CopyThread, _ context: CopyContext) throws(EFDError) {
        (self.thread, self.context) = (thread, context)
        beatName = "copy-\(thread.index)"
        state = CopyState(context.rules)
        consumer = try KafkaConsumer(context.source, group: context.group, hooks: context.hooks)
        consumer.onOffsetRefused = { [unowned self] partition, offset in refusedOffsets.append((partition, offset)) }
        consumer.onPartitionEnd = { [unowned self] partition, _ in ends.append(partition) }
        consumer.onPartitionFailed = { [unowned self] partition, code in
            if code == .unknownTopic { missingTopics.insert(partition) }
        }
    }

    /// Runs until the thread or the process must end. Open transactions are committed.
    static func run(_ thread: CopyThread, _ context: CopyContext) {
        do throws(EFDError) {
            let loop = try CopyLoop(thread, context)
            context.health.expectBeats(of: loop.beatName, maximumAge: CopyLimits.heartbeat)
            defer { context.health.endBeats(of: loop.beatName) }
            while !context.stop.isStopped, !loop.isEnding { try loop.round() }
            try loop.finish()
        } catch {
            context.fatal.withLock { $0 = $0 ?? error }
            context.stop.stop()
        }
    }

    private func round() throws(EFDError) {
        let began = MonotonicClock.nanoseconds()
        beat()
        try obeyCommands()
        try refreshPartitions()
        state.tick(MonotonicClock.seconds())
        try perform()
        let polled = MonotonicClock.nanoseconds()
        let batch = try consumer.poll(maxMessages: CopyLimits.pollMessages, waitMilliseconds: waitMilliseconds)
        let got = MonotonicClock.nanoseconds()
        let isFull = batch.count == CopyLimits.pollMessages
        state.polled(MonotonicClock.seconds(), isFull: isFull)
        let bytes = try forward(batch)
        for lane in lanes.values where state.lanes[lane.number]?.isOpen == true { lane.producer.poll() }
        try takeEvents()
        try measure()
        thread.add(
            busyNanoseconds: Int(MonotonicClock.nanoseconds() - began - (isFull ? 0 : got - polled)),
            records: batch.count)
        let wait = context.rate.take(bytes, now: MonotonicClock.seconds())
        if wait > 0 { context.stop.wait(seconds: min(wait, CopyLimits.longestTransaction)) }
    }

    /// The thread's heartbeat.
    func beat() { context.health.beat(beatName) }

    /// Seconds until a transaction must end.
    private var waitMilliseconds: Int {
        guard let seconds = state.secondsUntilDue(MonotonicClock.seconds()) else { return CopyLimits.idleWait }
        return max(0, min(CopyLimits.idleWait, Int(seconds * 1000)))
    }

    private func obeyCommands() throws(EFDError) {
        for command in thread.takeCommands() {
            switch command {
            case .assign(let lane):
                lanes[lane.number] = lane
                state.assigned(lane.takeState())
                catalogueVersion = -1
            case .revoke(let number):
                state.revoked([number])
                try perform()
            case .end: isEnding = true
            }
        }
    }

    private func takeEvents() throws(EFDError) {
        for partition in ends { state.reachedEnd(partition) }
        for partition in missingTopics { state.topicMissing(partition) }
        for (partition, offset) in refusedOffsets where state.offsetRefused(partition) {
            context.log.warning(
                "next offset is out of range at the source, seeking to the oldest record",
                ["partition": .text(partition.description), "offset": .integer(Int(offset))])
        }
        ends.removeAll(keepingCapacity: true)
        missingTopics.removeAll(keepingCapacity: true)
        refusedOffsets.removeAll(keepingCapacity: true)
        try perform()
    }

    /// Includes partitions that are not read at the moment.
    private func measure() throws(EFDError) {
        let now = MonotonicClock.seconds()
        guard pace.begins(now) else { return }
        defer { pace.ended(MonotonicClock.seconds()) }
        let consumer = consumer
        var lags: [String: TopicLag] = [:]
        let silent = state.measure(
            now, end: { consumer.knownEnd(of: $0) },
            each: { state, records in
                lags[state.partition.topic, default: TopicLag()].add(
                    records: records, lastCopied: state.anchor?.timestamp)
            })
        if silent > 0 {
            context.log.debug("partitions return nothing, requesting them again", ["partitions": .integer(silent)])
        }
        context.lags.set(thread.index, lags)
        thread.set(lagRecords: Int(lags.values.reduce(0) { $0 + $1.records }))
        try perform()
    }

    private func finish() throws(EFDError) {
        state.revoked(Array(lanes.keys))
        try perform()
        context.lags.set(thread.index, [:])
        consumer.close()
    }

    // MARK: Actions of the state

    /// Performs the actions that follow from the events so far.
    func perform() throws(EFDError) {
        while true {
            let actions = state.takeActions()
            if actions.isEmpty { break }
            for action in actions { try perform(action) }
        }
        try request()
    }

    private func perform(_ action: CopyState.Action) throws(EFDError) {
        switch action {
        case .begin(let lane): begin(lane)
        case .commit(let lanes): commit(lanes)
        case .release(let released):
            try request()
            guard let lane = lanes.removeValue(forKey: released.number) else { break }
            lane.put(released)
            context.assignments.released(lane)
        case .discard(let number, let error):
            try request()
            guard let lane = lanes.removeValue(forKey: number) else { break }
            context.assignments.failed(lane, error)
        case .postpone(let partition, let error): context.postponed.put(partition, error)
        case .reportStall(let partition, let error):
            context.log.warning("a partition stalls", error)
            context.stalls.report(partition.description, error)
        case .reportRecovery(let partition): context.stalls.clear(partition.description)
        case .reportLoss(let partition, let loss, let isFirst): report(partition, loss, isFirst)
        case .forget(let id):
            sources[id] = nil
            sourcesByRun.removeAll(keepingCapacity: true)
        }
    }

    /// Passes on which partitions the consumer must fetch, and from which offsets.
    private func request() throws(EFDError) {
        let (stop, start) = state.takeRequests()
        try consumer.incrementalUnassign(stop)
        try consumer.incrementalAssign(start)
    }

    private func report(_ partition: TopicPartition, _ loss: SourceLoss, _ isFirst: Bool) {
        if isFirst {
            context.metrics.losses.add()
            context.metrics.lost.add(Int(loss.records))
        }
        context.log.error(
            "the source lost records before they were copied", loss.error(partition, stops: context.rules.stopsAtLoss))
    }

    // MARK: Transactions

    private func begin(_ number: Int) {
        guard let lane = lanes[number], state.lanes[number]?.isOpen == false else { return }
        do throws(EFDError) {
            try lane.producer.begin()
            state.began(number, MonotonicClock.seconds())
        } catch {
            state.failed(number, error)
        }
    }

    /// Commits the transactions of these lanes at the same time, and waits.
    private func commit(_ numbers: [Int]) {
        let commits = numbers.compactMap { number -> LaneCommit? in
            guard let lane = lanes[number], let transaction = state.transaction(ofLane: number) else { return nil }
            return LaneCommit(lane, transaction, transaction.copies.compactMap { sources[$0.id] })
        }
        guard let first = commits.first else { return }
        let began = MonotonicClock.seconds()
        let done = BoundedQueue<LaneCommit>(capacity: commits.count)
        for commit in commits.dropFirst() {
            context.pool.run {
                commit.run(seconds: CopyLimits.commitPatience)
                _ = done.push(commit)
            }
        }
        first.run(seconds: CopyLimits.commitPatience)
        for index in commits.indices {
            guard let commit = index == 0 ? first : done.pop() else { break }
            ended(commit, seconds: MonotonicClock.seconds() - began)
        }
        context.metrics.commitSeconds.observe(MonotonicClock.seconds() - began, count: commits.count)
    }

    private func ended(_ commit: LaneCommit, seconds: Double) {
        let number = commit.lane.number
        if let failure = commit.failure {
            return state.failed(number, failure.error, faulty: failure.id.map { ($0, failure.error) })
        }
        context.metrics.committed.add()
        context.assignments.succeeded(number)
        let now = WallClock.seconds()
        for (source, copies) in zip(commit.sources, commit.transaction.copies) where copies.count > 0 {
            source.metrics.records.add(copies.count)
            source.metrics.bytes.add(state[copies.id]?.bytes ?? 0)
            guard let stamp = copies.progress.anchor?.timestamp, stamp >= 0 else { continue }
            source.metrics.latency.observe(max(0, now - Double(stamp) / 1000))
        }
        state.committed(number, commit.transaction, seconds: seconds)
        // For the source's lag tools. Progress itself is at the target.
        consumer.store(commit.transaction.copies.map { PartitionOffset($0.progress.partition, $0.progress.next) })
    }
}
