import EFDCore
import EFDKafka

/// One copy thread: a consumer of the source, and the lanes that it copies on.
///
///     poll ──> forward into the producers of the lanes ──> commit all of them together ──> tell the source's group
///
/// While it commits, the consumer's own threads go on fetching into a bounded queue.
final class CopyLoop {
    let thread: CopyThread
    let parts: CopyContext
    let consumer: KafkaConsumer
    var lanes: [Int: Lane] = [:]
    var slots: [TopicPartition: SourcePartition] = [:]
    /// The same by the consumer's numbers.
    var bySource: [SourcePartition?] = []
    /// Partitions that are not read for now.
    var parked: [SourcePartition] = []
    /// Those of which the source's client has shown neither a record nor the end since it was asked to read them.
    var unheard: [SourcePartition] = []
    /// The version of the catalogue that the slots stand for; -1: look again.
    var catalogueVersion = -1
    /// Refusals that came in during a poll.
    var refusedOffsets: [(TopicPartition, Int64)] = []
    var unknownTopics: Set<TopicPartition> = []
    /// Seconds that the last commit took, and whether more records waited when the open transactions grew.
    var commitSeconds = 0.0
    var isBehind = false
    private var isEnding = false
    private var pace = AdaptiveInterval(interval: CopyLimits.measureInterval)
    private let beatName: String

    init(_ thread: CopyThread, _ parts: CopyContext) throws(EFDError) {
        self.thread = thread
        self.parts = parts
        beatName = "copy-\(thread.index)"
        consumer = try KafkaConsumer(parts.source, group: parts.group, hooks: parts.hooks)
        consumer.onOffsetRefused = { [unowned self] place, offset in self.refusedOffsets.append((place, offset)) }
        consumer.onPartitionEnd = { [unowned self] place, _ in self.slots[place]?.heard() }
        consumer.onPartitionFailed = { [unowned self] place, code in
            if code == .unknownTopic { self.unknownTopics.insert(place) }
        }
    }

    /// Runs until the thread is told to end, or the process to stop. What is under way is committed.
    static func run(_ thread: CopyThread, _ parts: CopyContext) {
        do throws(EFDError) {
            let loop = try CopyLoop(thread, parts)
            parts.health.expectBeats(of: loop.beatName, maximumAge: CopyLimits.heartbeat)
            defer { parts.health.endBeats(of: loop.beatName) }
            while !parts.stop.isStopped, !loop.isEnding { try loop.round() }
            loop.finish()
        } catch {
            parts.fatal.withLock { $0 = $0 ?? error }
            parts.stop.stop()
        }
    }

    private func round() throws(EFDError) {
        let began = MonotonicClock.nanoseconds()
        beat()
        try readMail()
        try refreshSlots()
        try mendSlots()
        try commitWhenDue()
        let polled = MonotonicClock.nanoseconds()
        let batch = try consumer.poll(maxMessages: CopyLimits.pollMessages, waitMilliseconds: waitMilliseconds)
        let got = MonotonicClock.nanoseconds()
        let isFull = batch.count == CopyLimits.pollMessages
        if isFull { isBehind = true }
        let bytes = try forward(batch)
        for lane in lanes.values where lane.isOpen { lane.producer.poll() }
        try measure()
        thread.add(
            busyNanoseconds: Int(MonotonicClock.nanoseconds() - began - (isFull ? 0 : got - polled)),
            records: batch.count)
        let wait = parts.rate.take(bytes, now: MonotonicClock.seconds())
        if wait > 0 { parts.stop.wait(seconds: min(wait, CopyLimits.longestTransaction)) }
    }

    /// A sign of life.
    func beat() { parts.health.beat(beatName) }

    private func readMail() throws(EFDError) {
        for letter in thread.takeMail() {
            switch letter {
            case .take(let lane):
                lanes[lane.number] = lane
                catalogueVersion = -1
            case .give(let number):
                guard let lane = lanes[number] else { continue }
                commit([lane])
                guard lanes[number] != nil else { continue }  // it failed, and is another matter now
                try drop(lane)
                parts.board.released(lane)
            case .end: isEnding = true
            }
        }
    }

    /// Until something is due.
    private var waitMilliseconds: Int {
        guard let oldest = lanes.values.compactMap(\.begun).min() else { return CopyLimits.idleWait }
        return max(0, min(CopyLimits.idleWait, Int((oldest + transactionSeconds - MonotonicClock.seconds()) * 1000)))
    }

    private func measure() throws(EFDError) {
        let now = MonotonicClock.seconds()
        guard pace.begins(now) else { return }
        defer { pace.ended(MonotonicClock.seconds()) }
        var lags: [String: TopicLag] = [:]
        var behind: [SourcePartition] = []
        // Of all that are to be copied, also of those that are not read at the moment.
        for slot in slots.values {
            guard let end = consumer.knownEnd(of: slot.place) else { continue }
            let records = max(0, end - slot.next)
            lags[slot.place.topic, default: TopicLag()].add(records: records, lastCopied: slot.anchor?.timestamp)
            if records > 0 { behind.append(slot) }
        }
        parts.lags.set(thread.index, lags)
        thread.set(lagRecords: Int(lags.values.reduce(0) { $0 + $1.records }))
        try wakeSleepers(behind, now: now)
    }

    private func finish() {
        try? openForNotes(now: MonotonicClock.seconds())
        commit(Array(lanes.values))
        parts.lags.set(thread.index, [:])
        consumer.close()
        for lane in lanes.values { parts.board.released(lane) }
    }
}
