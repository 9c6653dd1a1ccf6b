import EFDCore
import EFDKafka
import EFDTestKit

@testable import EFDReplication

// What a copy loop does with Kafka, done in memory.

extension CopyModel {
    static let passing = EFDError("test.passing", "it may pass", recovery: .retry)
    static let lasting = EFDError("test.lasting", "a person has to act", recovery: .intervene)

    // MARK: Reading

    mutating func poll(_ thread: Int) {
        var runs: [(partition: TopicPartition, records: [SourceRecord])] = []
        var (ends, missing, refused) = ([TopicPartition](), [TopicPartition](), [TopicPartition]())
        for partition in partitions {
            guard var fetch = threads[thread].fetches[partition], let log = source[partition] else { continue }
            defer { threads[thread].fetches[partition] = fetch }
            if fetch.generation != log.generation {
                fetch.generation = log.generation
                missing.append(partition)
                continue
            }
            guard !fetch.isRefused, !faults || random.below(4) > 0 else { continue }
            if fetch.offset < 0 { fetch.offset = log.start }
            if fetch.offset < log.start || fetch.offset > log.end {
                fetch.isRefused = true
                refused.append(partition)
                continue
            }
            let records = log.records.filter { $0.offset >= fetch.offset }.prefix(1 + random.below(8))
            if records.isEmpty { ends.append(partition) }
            for record in records {
                if let last = runs.last, last.partition == partition, random.below(3) > 0 {
                    runs[runs.count - 1].records.append(record)
                } else {
                    runs.append((partition, [record]))
                }
            }
            if let last = records.last { fetch.offset = last.offset + 1 }
        }
        threads[thread].state.polled(now, isFull: random.below(3) == 0)
        for run in interleaved(runs) { forward(thread, run.partition, run.records) }
        for partition in ends { threads[thread].state.reachedEnd(partition) }
        for partition in missing { threads[thread].state.topicMissing(partition) }
        for partition in refused { _ = threads[thread].state.offsetRefused(partition) }
        perform(thread)
    }

    /// Runs of several partitions in any order, those of one in theirs.
    private mutating func interleaved(_ runs: [(partition: TopicPartition, records: [SourceRecord])])
        -> [(partition: TopicPartition, records: [SourceRecord])]
    {
        var queues = Dictionary(grouping: runs, by: \.partition)
        var mixed: [(partition: TopicPartition, records: [SourceRecord])] = []
        while !queues.isEmpty {
            let left = partitions.filter { queues[$0] != nil }
            let partition = left[random.below(left.count)]
            guard var queue = queues[partition] else { break }
            mixed.append(queue.removeFirst())
            queues[partition] = queue.isEmpty ? nil : queue
        }
        return mixed
    }

    private mutating func forward(_ thread: Int, _ partition: TopicPartition, _ records: [SourceRecord]) {
        events += 1
        guard let id = threads[thread].state.id(of: partition) else { return }
        let start = threads[thread].state.read(id, from: records[0].offset) { $0 == records[0].anchor }
        perform(thread)
        guard let start, let state = threads[thread].state[id], state.partition == partition else { return }
        let fresh = records.filter { $0.offset >= start }
        let taken = fresh.prefix(faults && random.below(8) == 0 ? random.below(fresh.count + 1) : fresh.count)
        if let last = taken.last {
            let copies = taken.filter { !$0.isSkipped }.map(\.number)
            threads[thread].copied[id, default: []] += copies
            threads[thread].state.forwarded(
                id, through: last.anchor, taken: taken.count, copies: copies.count, bytes: taken.count)
        }
        if taken.count < fresh.count { refuse(thread, id, lane: state.lane) }
        perform(thread)
    }

    private mutating func refuse(_ thread: Int, _ id: Int, lane: Int) {
        switch random.below(5) {
        case 0, 1: threads[thread].state.stall(id, Self.passing)
        case 2: threads[thread].state.stall(id, Self.lasting)
        case 3: threads[thread].state.failed(lane, Self.passing)
        default: threads[thread].state.failed(lane, Self.passing, faulty: (id, Self.lasting))
        }
    }

    // MARK: What a state asks for

    mutating func perform(_ thread: Int) {
        while true {
            let actions = threads[thread].state.takeActions()
            if actions.isEmpty { break }
            for action in actions { perform(thread, action) }
        }
        request(thread)
        if threads[thread].state.count > threads[thread].state.lanes.count * partitions.count {
            violations.append("partitions without a lane")
        }
    }

    private mutating func perform(_ thread: Int, _ action: CopyState.Action) {
        switch action {
        case .begin(let lane):
            guard threads[thread].state.lanes[lane]?.isOpen == false else { return }
            if faults, random.below(40) == 0 {
                threads[thread].state.failed(lane, Self.passing)
            } else {
                threads[thread].state.began(lane, now)
            }
        case .commit(let lanes): for lane in lanes { commit(thread, lane) }
        case .release(let lane):
            request(thread)
            if threads[thread].epochs[lane.number] == target.epochs[lane.number] {
                released[lane.number] = lane
                holders[lane.number] = .released
            }
        case .discard(let lane, _):
            request(thread)
            if threads[thread].epochs[lane] == target.epochs[lane] { holders[lane] = .closed }
        case .postpone(let partition, let error): postponed[partition] = error
        case .reportStall(let partition, _): stalled.insert(partition)
        case .reportRecovery(let partition): stalled.remove(partition)
        case .reportLoss(let partition, _, _): losses[partition, default: 0] += 1
        case .forget(let id): threads[thread].copied[id] = nil
        }
    }

    private mutating func request(_ thread: Int) {
        let (stop, start) = threads[thread].state.takeRequests()
        for partition in stop where threads[thread].fetches.removeValue(forKey: partition) == nil {
            violations.append("\(partition) is unassigned and was not assigned")
        }
        for request in start {
            if threads[thread].fetches[request.partition] != nil {
                violations.append("\(request.partition) is assigned twice")
            }
            threads[thread].fetches[request.partition] = Fetch(
                offset: request.offset, generation: source[request.partition]?.generation ?? 0)
        }
    }

    private mutating func commit(_ thread: Int, _ lane: Int) {
        guard var transaction = threads[thread].state.transaction(ofLane: lane) else { return }
        let isFenced = threads[thread].epochs[lane] != target.epochs[lane]
        let outcome = faults ? random.below(20) : 10
        if isFenced || outcome < 3 {
            // The answer may be lost after the commit.
            if outcome == 0, !isFenced { apply(thread, lane, &transaction) }
            let faulty = outcome == 1 ? transaction.copies.last.map { ($0.id, Self.lasting) } : nil
            return threads[thread].state.failed(lane, Self.passing, faulty: faulty)
        }
        apply(thread, lane, &transaction)
        for copy in transaction.copies { threads[thread].copied[copy.id] = nil }
        threads[thread].state.committed(lane, transaction, seconds: 0.01)
    }

    /// The target commits the transaction's copies and its progress.
    private mutating func apply(_ thread: Int, _ lane: Int, _ transaction: inout LaneTransaction) {
        for index in transaction.notes.indices {
            transaction.notes[index].written = 1
            target.progress[lane, default: [:]][transaction.notes[index].partition] = transaction.notes[index]
        }
        for index in transaction.copies.indices {
            let partition = transaction.copies[index].progress.partition
            transaction.copies[index].progress.written = 1
            target.progress[lane, default: [:]][partition] = transaction.copies[index].progress
            for number in threads[thread].copied[transaction.copies[index].id] ?? [] {
                if let last = target.copies[partition]?.last, last >= number {
                    violations.append("\(partition): \(number) is copied after \(last)")
                }
                target.copies[partition, default: []].append(number)
            }
        }
    }

    // MARK: At the end

    /// Without further faults everything is copied in the end. Returns the violations.
    mutating func finish() -> [String] {
        faults = false
        topics = allTopics
        for partition in partitions {
            // A recreated topic is recognizable once it has a record at the old one's last offset.
            let last = target.progress.values.compactMap { $0[partition]?.anchor?.offset }.max() ?? 0
            produce(partition, count: 2 + max(0, Int(last - (source[partition]?.end ?? 0))))
        }
        for _ in 0..<60 {
            for thread in threads.indices {
                threads[thread].isCurrent = false
                round(thread)
                measure(thread, after: 0)
            }
            for lane in holders.indices where holders[lane] == .closed || holders[lane] == .released { assign(lane) }
            now += 20
        }
        for partition in partitions { check(partition) }
        if !stalled.isEmpty { violations.append("\(stalled) are reported as stalled forever") }
        return violations
    }

    private mutating func check(_ partition: TopicPartition) {
        guard let log = source[partition] else { return }
        let copies = Set(target.copies[partition] ?? [])
        let written = log.written.filter { $0.number % 17 != 0 }
        if !copies.isSubset(of: written.map(\.number)) { violations.append("\(partition): a copy of nothing") }
        let missing = written.filter { !copies.contains($0.number) }
        if let lost = missing.first(where: { !log.gone.contains($0.number) }) {
            violations.append("\(partition): \(lost.number) is at the source and not at the target")
        }
        // What is deleted before the first copy of a topic was never due.
        let isGap = missing.contains { gap in
            written.contains { $0.generation == gap.generation && $0.number < gap.number && copies.contains($0.number) }
                && written.contains {
                    $0.generation == gap.generation && $0.number > gap.number && copies.contains($0.number)
                }
        }
        if isGap, losses[partition] == nil { violations.append("\(partition): a loss is not reported") }
    }
}
