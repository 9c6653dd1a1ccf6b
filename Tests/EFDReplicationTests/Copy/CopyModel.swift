import EFDCore
import EFDKafka
import EFDTestKit

@testable import EFDReplication

/// Copy threads between a source and a target in memory. The threads' decisions are those of `CopyState`; the model
/// does what they say, with faults at random, and notes what must never be: `violations`.
struct CopyModel {
    struct SourceRecord {
        let offset: Int64
        /// Unique and rising, so that the target shows order, duplicates and gaps.
        let number: Int
        /// Excluded, as it came from the target.
        var isSkipped: Bool { number % 17 == 0 }
        var anchor: ProgressRecord.Anchor {
            .init(offset: offset, timestamp: Int64(number), checksum: .crc32c(UInt32(truncatingIfNeeded: number)))
        }
    }

    struct Log {
        var records: [SourceRecord] = []
        var start: Int64 = 0
        var end: Int64 = 0
        var generation = 0
        /// Every record ever written, by the topic's generation, and those that are gone.
        var written: [(generation: Int, number: Int)] = []
        var gone: Set<Int> = []
    }

    struct Target {
        var copies: [TopicPartition: [Int]] = [:]
        var progress: [Int: [TopicPartition: ProgressRecord]] = [:]
        /// Which producer may commit on a lane: the one opened last.
        var epochs: [Int: Int] = [:]
    }

    struct Fetch {
        var offset: Int64
        var generation: Int
        var isRefused = false
    }

    struct Thread {
        var state: CopyState
        var epochs: [Int: Int] = [:]
        var fetches: [TopicPartition: Fetch] = [:]
        var copied: [Int: [Int]] = [:]
        var isCurrent = false
    }

    enum Holder: Equatable {
        case closed
        case released
        case thread(Int)
    }

    static let lanes = 3
    let rules: CopyState.Rules
    let allTopics: [CatalogueTopic]
    var random: SeededGenerator
    var now = 100.0
    var faults = true
    var events = 0
    var source: [TopicPartition: Log] = [:]
    var target = Target()
    var threads: [Thread]
    var holders: [Holder]
    var released: [Int: LaneState] = [:]
    var topics: [CatalogueTopic]
    var postponed: [TopicPartition: EFDError] = [:]
    var stalled: Set<TopicPartition> = []
    var losses: [TopicPartition: Int] = [:]
    var violations: [String] = []
    private var lastNumber = 0

    init(seed: UInt64, stopsAtLoss: Bool = false) {
        random = SeededGenerator(seed: seed)
        rules = CopyState.Rules(
            lanes: Self.lanes, commitInterval: 0.5, transactionBytes: 40, startsAtEnd: false, stopsAtLoss: stopsAtLoss)
        allTopics = [("a", 3), ("b", 1)].map {
            CatalogueTopic(name: $0.0, target: "to.\($0.0)", partitions: $0.1, compression: nil)
        }
        topics = allTopics
        let rules = rules
        threads = (0..<3).map { _ in Thread(state: CopyState(rules)) }
        holders = Array(repeating: .closed, count: Self.lanes)
        for topic in allTopics {
            for number in 0..<Int32(topic.partitions) { source[TopicPartition(topic.name, number)] = Log() }
        }
        partitions = source.keys.sorted { $0.description < $1.description }
    }

    let partitions: [TopicPartition]

    // MARK: One random event

    mutating func step() {
        events += 1
        let thread = random.below(threads.count)
        switch random.below(100) {
        case 0..<22: produce(anyPartition(), count: 1 + random.below(6))
        case 22..<60: poll(thread)
        case 60..<72: tick(thread, after: Double(random.below(100)) / 50)
        case 72..<76: measure(thread, after: Double(random.below(10)))
        case 76..<86: moveLane(random.below(Self.lanes))
        case 86..<88: changeTopics()
        case 88..<91: deleteRecords(anyPartition())
        case 91: recreate(anyPartition())
        case 92: kill(thread)
        case 93: seize(random.below(Self.lanes))
        default: round(thread)
        }
    }

    mutating func anyPartition() -> TopicPartition { partitions[random.below(partitions.count)] }

    mutating func produce(_ partition: TopicPartition, count: Int) {
        for _ in 0..<count {
            lastNumber += 1
            source[partition]?.append(lastNumber, gap: faults ? random.below(10) / 9 : 0)
        }
    }

    mutating func tick(_ thread: Int, after seconds: Double) {
        now += seconds
        threads[thread].state.tick(now)
        perform(thread)
    }

    mutating func measure(_ thread: Int, after seconds: Double) {
        now += seconds
        let source = source
        _ = threads[thread].state.measure(now, end: { source[$0]?.end }, each: { _, _ in })
        perform(thread)
    }

    /// One round of a copy thread's loop.
    mutating func round(_ thread: Int) {
        refresh(thread)
        tick(thread, after: 0.1)
        poll(thread)
    }

    private mutating func changeTopics() {
        topics = random.below(3) == 0 ? [allTopics[random.below(2)]] : allTopics
        for thread in threads.indices { threads[thread].isCurrent = false }
    }

    private mutating func deleteRecords(_ partition: TopicPartition) {
        guard let log = source[partition], log.end > log.start else { return }
        source[partition]?.delete(before: log.start + 1 + Int64(random.below(Int(log.end - log.start))))
    }

    /// A topic that is recreated without a record of the old one cannot be distinguished from it.
    private mutating func recreate(_ partition: TopicPartition) {
        let isAnonymous = threads.contains { thread in
            thread.state.id(of: partition).flatMap { thread.state[$0] }.map { $0.anchor == nil && !$0.isNew } ?? false
        }
        let stored = target.progress.values.compactMap { $0[partition] }
        guard !isAnonymous, stored.allSatisfy({ $0.anchor != nil }) else { return }
        source[partition]?.recreate()
    }

    // MARK: Lanes

    /// A lane is taken from a thread regularly, or given to one.
    private mutating func moveLane(_ lane: Int) {
        if case .thread(let thread) = holders[lane] {
            threads[thread].state.revoked([lane])
            perform(thread)
        } else {
            assign(lane)
        }
    }

    mutating func assign(_ lane: Int) {
        let free = threads.indices.filter { threads[$0].state.lanes[lane] == nil }
        guard !free.isEmpty else { return }
        let thread = free[random.below(free.count)]
        if holders[lane] == .closed {
            target.epochs[lane, default: 0] += 1
            released[lane] = LaneState(lane, progress: target.progress[lane] ?? [:])
        }
        guard let state = released.removeValue(forKey: lane) else { return }
        if state.isOpen { violations.append("lane \(lane) changes hands in a transaction") }
        holders[lane] = .thread(thread)
        threads[thread].epochs[lane] = target.epochs[lane]
        threads[thread].state.assigned(state)
        threads[thread].isCurrent = false
        refresh(thread)
    }

    /// Another process takes the lane over while this one continues without knowing.
    private mutating func seize(_ lane: Int) {
        guard case .thread = holders[lane] else { return }
        holders[lane] = .closed
        assign(lane)
    }

    private mutating func kill(_ thread: Int) {
        for id in 0..<partitions.count { threads[thread].state[id].map { _ = stalled.remove($0.partition) } }
        threads[thread] = Thread(state: CopyState(rules))
        for lane in holders.indices where holders[lane] == .thread(thread) { holders[lane] = .closed }
    }

    mutating func refresh(_ thread: Int) {
        guard !threads[thread].isCurrent else { return }
        threads[thread].isCurrent = true
        threads[thread].state.retain(topics)
        perform(thread)
        for addition in threads[thread].state.additions(topics) {
            _ = threads[thread].state.add(
                addition, at: nil, stalledBy: postponed.removeValue(forKey: addition.partition))
        }
        for lane in threads[thread].state.lanes.keys { threads[thread].state.age(lane) }
        perform(thread)
    }
}

extension CopyModel.Log {
    mutating func append(_ number: Int, gap: Int) {
        // Transaction markers have offsets. Not in a recreated topic, where the old anchor's offset must exist.
        if generation == 0 { end += Int64(gap) }
        records.append(.init(offset: end, number: number))
        written.append((generation, number))
        end += 1
    }

    mutating func delete(before offset: Int64) {
        for record in records.prefix(while: { $0.offset < offset }) { gone.insert(record.number) }
        records.removeAll { $0.offset < offset }
        start = offset
    }

    mutating func recreate() {
        gone.formUnion(records.map(\.number))
        records = []
        (start, end) = (0, 0)
        generation += 1
    }
}

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
