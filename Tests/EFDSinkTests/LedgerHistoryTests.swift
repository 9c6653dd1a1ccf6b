import EFDTestKit
import Testing

@testable import EFDSink

/// Random histories of the ledger beside a model of Kafka, writers and a destination: hundreds of thousands of events,
/// after each of which nothing may be lost, stored out of order or committed early.
@Suite struct LedgerHistoryTests {
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func nothingIsLostWhateverTheOrder(buffers: Bool, destinationOffsets: Bool) {
        for seed in UInt64(1)...60 {
            var model = LedgerModel(seed: seed, buffers: buffers, destinationOffsets: destinationOffsets)
            for _ in 0..<1500 { model.step() }
            model.finish()
            if let fault = model.fault {
                Issue.record("seed \(seed), buffers \(buffers), destination \(destinationOffsets): \(fault)")
                return
            }
        }
    }
}

/// One member of a group that reads a few partitions, as the reading thread would drive the ledger.
private struct LedgerModel {
    private struct Flight {
        let number: Int
        let assignment: Int
        var offsets: [Int64]
    }

    /// A partition's log and everything outside of the ledger.
    private struct Partition {
        /// Records are at the even offsets below: odd ones are holes, as compaction and transactions leave them.
        var end: Int64 = 20
        var committed: Int64 = 0
        /// The client's next offset; nil: it is paused.
        var position: Int64 = 0
        var isPaused = false
        /// Taken and not sent.
        var open: [Int64] = []
        /// How often each offset is stored.
        var stored: [Int64: Int] = [:]
        /// In the writer's memory, with the assignment under which they were read.
        var buffer: [Int64] = []
        var bufferAssignment = 0
        /// A record that the destination rejects until it is corrected.
        var poison: Int64?
        /// The poison that was refused under the current assignment, or one before it that was read again.
        var refusedOffset: Int64?
        /// The writer leaves the partition out under this assignment.
        var refusedAssignment: Int?
    }

    private var random: SeededGenerator
    private var ledger = PartitionLedger()
    private var partitions = [Partition](repeating: Partition(), count: 3)
    private var flights: [Flight] = []
    private let buffers: Bool
    private let destinationOffsets: Bool
    private(set) var fault: String?

    init(seed: UInt64, buffers: Bool, destinationOffsets: Bool) {
        random = SeededGenerator(seed: seed)
        self.buffers = buffers
        self.destinationOffsets = destinationOffsets
    }

    mutating func step() {
        guard fault == nil else { return }
        let number = Int.random(in: 0..<partitions.count, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0...1: partitions[number].end += Int64.random(in: 0...30, using: &random)
        case 2: ledger[number].isAssigned ? revoke(number) : assign(number)
        case 3...8: poll(number)
        case 9...11: send()
        case 12...14: write()
        case 15: flush(number)
        case 16: stallOrResume(number)
        case 17: poison(number)
        case 18: restart(number)
        default: crash()
        }
        check()
    }

    /// Lets everything end well: all that was ever produced must be stored then.
    mutating func finish() {
        for number in partitions.indices {
            partitions[number].poison = nil
            if !ledger[number].isAssigned { assign(number) }
        }
        for _ in 0..<600 where fault == nil {
            for number in partitions.indices {
                if ledger[number].stall == .quarantined { restart(number) }
                if ledger[number].stall != nil { resume(number) }
                poll(number)
            }
            send()
            while !flights.isEmpty { write() }
            for number in partitions.indices { flush(number) }
            check()
        }
        for (number, partition) in partitions.enumerated() where fault == nil {
            for offset in stride(from: 0, to: partition.end, by: 2) where partition.stored[offset] == nil {
                fault = "partition \(number): offset \(offset) was never stored"
            }
            if ledger.needsAttention(number) { fault = "partition \(number) still needs attention" }
        }
    }

    // MARK: What the reading thread does

    private func position(_ number: Int) -> SinkPosition? {
        guard destinationOffsets else { return nil }
        return SinkPosition(offset: partitions[number].stored.keys.max().map { $0 + 1 } ?? 0)
    }

    private mutating func assign(_ number: Int) {
        let start = ledger.assign(number, at: position(number))
        partitions[number].position = start ?? partitions[number].committed
        partitions[number].isPaused = false
        partitions[number].open = []
    }

    private mutating func revoke(_ number: Int) {
        ledger.revoke(number)
        partitions[number].open = []
        partitions[number].refusedOffset = nil
    }

    private mutating func poll(_ number: Int) {
        guard ledger[number].isAssigned else { return }
        // Records sometimes arrive although the partition is paused: they were in flight.
        if partitions[number].isPaused, Bool.random(using: &random) { return }
        // Now and then the client delivers some once more.
        let again = Int.random(in: 0..<20, using: &random) == 0 ? Int64.random(in: 0...6, using: &random) : 0
        let start = max(ledger[number].start ?? partitions[number].position, partitions[number].position - again)
        let end = min(partitions[number].end, start + Int64.random(in: 0...12, using: &random))
        if start >= end { return }
        partitions[number].position = end
        let offsets = (start..<end).filter { $0 % 2 == 0 }
        guard let first = offsets.first, ledger.receives(number, from: first) else { return }
        // The schema of one of them may not be known: it and those after it wait.
        let unknown = Int.random(in: 0..<6, using: &random) == 0 ? offsets.randomElement(using: &random) : nil
        for offset in offsets {
            switch ledger.admit(number, offset: offset, timestamp: nil) {
            case .take where offset == unknown:
                if ledger.stall(number, .schema(3)) { partitions[number].isPaused = true }
                ledger.dropped(number, at: offset)
            case .take:
                ledger.took(number, offset)
                partitions[number].open.append(offset)
            case .drop: ledger.dropped(number, at: offset)
            case .repeated, .verified: break
            case .recreated: fault = "partition \(number): offset \(offset) treated as another topic's"
            }
        }
    }

    private mutating func send() {
        for number in partitions.indices where !partitions[number].open.isEmpty {
            flights.append(
                Flight(number: number, assignment: ledger[number].assignment, offsets: partitions[number].open))
            partitions[number].open = []
            ledger.sent(number)
        }
    }

    private mutating func stallOrResume(_ number: Int) {
        if ledger[number].stall == nil {
            if ledger.stall(number, Bool.random(using: &random) ? .writerFull : .schema(3)) {
                partitions[number].isPaused = true
            }
        } else {
            resume(number)
        }
    }

    private mutating func resume(_ number: Int) {
        guard ledger[number].stall != nil, ledger[number].stall != .quarantined else { return }
        if let offset = ledger.resume(number) { partitions[number].position = offset }
        partitions[number].isPaused = false
    }

    private mutating func restart(_ number: Int) {
        guard ledger[number].stall == .quarantined else { return }
        let start = ledger.restart(number, at: position(number), isResolved: destinationOffsets)
        partitions[number].position = start ?? 0
        partitions[number].isPaused = false
        partitions[number].open = []
    }

    /// The process ends abruptly and restarts: only the destination and the commits remain.
    private mutating func crash() {
        guard Int.random(in: 0..<10, using: &random) == 0 else { return }
        ledger = PartitionLedger()
        flights = []
        for number in partitions.indices {
            partitions[number].open = []
            partitions[number].buffer = []
            partitions[number].refusedAssignment = nil
            partitions[number].refusedOffset = nil
        }
    }

    // MARK: What the writer does

    private mutating func poison(_ number: Int) {
        if partitions[number].poison == nil {
            partitions[number].poison = (partitions[number].position / 2 + 2) * 2
        } else if Int.random(in: 0..<3, using: &random) == 0 {
            partitions[number].poison = nil
        }
    }

    private mutating func write() {
        guard !flights.isEmpty else { return }
        let flight = flights.removeFirst()
        let number = flight.number
        discardStale(number, flight.assignment)
        if partitions[number].refusedAssignment == flight.assignment { return }
        partitions[number].refusedAssignment = nil
        if let poison = partitions[number].poison, flight.offsets.contains(poison) {
            partitions[number].refusedAssignment = flight.assignment
            if flight.assignment == ledger[number].assignment { partitions[number].refusedOffset = poison }
            let wasQuarantined = ledger[number].stall == .quarantined
            if ledger.refused(number, flight.assignment, at: poison) {
                partitions[number].isPaused = true
                if flight.assignment != ledger[number].assignment || wasQuarantined {
                    fault = "partition \(number): a refusal that does not matter pauses it"
                }
            } else if flight.assignment == ledger[number].assignment, ledger[number].stall != .quarantined {
                fault = "partition \(number): a refusal does not pause it"
            }
            return
        }
        // With the destination's offsets a batch of a former assignment is fenced off.
        if destinationOffsets, flight.assignment != ledger[number].assignment { return }
        if buffers {
            partitions[number].buffer += flight.offsets
            partitions[number].bufferAssignment = flight.assignment
        } else {
            for offset in flight.offsets { partitions[number].stored[offset, default: 0] += 1 }
        }
        let written = PartitionLedger.Written(
            next: flight.offsets.last! + 1, rows: flight.offsets.count, stamp: .nan)
        commit(number, ledger.finished(number, flight.assignment, written, firstOpen: partitions[number].buffer.first))
    }

    private mutating func discardStale(_ number: Int, _ assignment: Int) {
        if partitions[number].bufferAssignment != assignment { partitions[number].buffer = [] }
    }

    private mutating func flush(_ number: Int) {
        guard buffers, partitions[number].bufferAssignment == ledger[number].assignment else { return }
        let count = Int.random(in: 0...partitions[number].buffer.count, using: &random)
        for offset in partitions[number].buffer.prefix(count) { partitions[number].stored[offset, default: 0] += 1 }
        partitions[number].buffer.removeFirst(count)
        let first = partitions[number].buffer.first
        commit(number, ledger.finished(number, ledger[number].assignment, nil, firstOpen: first))
    }

    private mutating func commit(_ number: Int, _ progress: PartitionLedger.Progress?) {
        guard let progress else { return }
        partitions[number].committed = progress.offset
    }

    // MARK: What must hold after each step

    private mutating func check() {
        for (number, partition) in partitions.enumerated() where fault == nil {
            if ledger[number].stall == .quarantined, !ledger.needsAttention(number) {
                fault = "partition \(number) is quarantined and needs no attention"
            }
            if !destinationOffsets, let poison = partition.poison, partition.refusedOffset == poison,
                partition.stored[poison] == nil,
                ledger[number].isAssigned, !ledger.needsAttention(number)
            {
                fault = "partition \(number): offset \(poison) was refused, is not stored and needs no attention"
            }
            for offset in stride(from: 0, to: partition.committed, by: 2) where partition.stored[offset] == nil {
                fault = "partition \(number): offset \(offset) is committed and not stored"
            }
            if destinationOffsets, let twice = partition.stored.first(where: { $0.value > 1 }) {
                fault = "partition \(number): offset \(twice.key) is stored \(twice.value) times"
            }
        }
    }
}
