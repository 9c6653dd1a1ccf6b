import EFDAvro
import EFDCore
import EFDKafka
import EFDSink

/// The simplest sink of its capabilities: it stores the offsets of rows in a `MemoryDestination`.
final class MemorySink: Sink {
    let name = "memory"
    let capabilities: SinkCapabilities
    private let destination: MemoryDestination
    /// Who it is to the destination, which lets one at a time store a partition.
    private let id: Int

    init(_ capabilities: SinkCapabilities, _ destination: MemoryDestination) {
        self.capabilities = capabilities
        self.destination = destination
        id = destination.newOwner()
    }

    func open(_ log: Log) throws(EFDError) { if let error = destination.breakdown { throw error } }

    func makeWriter(_ index: Int) -> any SinkWriter {
        capabilities.buffersRows
            ? BufferingMemoryWriter(destination, id) : MemoryWriter(destination, id, rejects: capabilities.rejectsRows)
    }

    func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? {
        try destination.own(TopicPartition(topic, partition), id)
    }
}

extension TopicBatch {
    /// Rows whose number is null, which a scripted sink rejects.
    fileprivate var emptyRows: [Int] {
        guard let index = columns.columns.firstIndex(where: { $0.name == "n" }) else { return [] }
        let view = columns.view(index)
        return (0..<rowCount).filter { !view.isValid($0) }
    }

    fileprivate func rows(without rejected: Set<Int> = []) -> [MemoryDestination.Row] {
        (0..<rowCount).filter { !rejected.contains($0) }.map { .init(offset: offsets[$0], timestamp: timestamps[$0]) }
    }
}

extension Rejection {
    fileprivate static func empty(_ batches: [TopicBatch]) -> [Rejection] {
        let reason = EFDError("conform.rowEmpty", "the row has no number", recovery: .reject)
        return batches.enumerated().flatMap { index, batch in
            batch.emptyRows.map { Rejection(batch: index, row: $0, reason: reason) }
        }
    }
}

/// Stores rows at once.
private final class MemoryWriter: SinkWriter {
    private let destination: MemoryDestination
    private let id: Int
    private let rejects: Bool

    init(_ destination: MemoryDestination, _ id: Int, rejects: Bool) {
        (self.destination, self.id, self.rejects) = (destination, id, rejects)
    }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        let rejections = rejects ? Rejection.empty(batches) : []
        let parts = batches.enumerated().map { index, batch in
            let rejected = Set(rejections.filter { $0.batch == index }.map(\.row))
            return (TopicPartition(batch.topic, batch.partition), batch.rows(without: rejected))
        }
        switch destination.store(parts, id) {
        case .stored: return .written(rejections)
        case .broken(let error): return .failed(error)
        case .foreign(let error): return .fenced(error)
        }
    }
}

/// Keeps rows until its flush policy selects them, and never takes a row of an offset that it had before.
private final class BufferingMemoryWriter: SinkWriter {
    private struct Buffered {
        var rows: [MemoryDestination.Row] = []
        var since = 0.0
        /// The offset after the last row taken.
        var next: Int64 = 0
        /// The offset of the first record that is not stored, rejected ones included; nil: all are.
        var first: Int64?
    }

    private static let (dueRows, dueAge) = (12, 0.2)
    private let destination: MemoryDestination
    private let id: Int
    private var buffered: [TopicPartition: Buffered] = [:]

    init(_ destination: MemoryDestination, _ id: Int) { (self.destination, self.id) = (destination, id) }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        var refusals: [Refusal] = []
        for (index, batch) in batches.enumerated() {
            let partition = TopicPartition(batch.topic, batch.partition)
            guard let first = batch.offsets.first, first < buffered[partition]?.next ?? 0 else { continue }
            let reason = EFDError("conform.offsetsBackwards", "\(partition): offset \(first) is behind what was taken")
            refusals.append(Refusal(batch: index, reason: reason))
        }
        if !refusals.isEmpty { return .refused(refusals) }
        let rejections = destination.rejectsRows ? Rejection.empty(batches) : []
        for (index, batch) in batches.enumerated() {
            let partition = TopicPartition(batch.topic, batch.partition)
            let rejected = Set(rejections.filter { $0.batch == index }.map(\.row))
            let rows = batch.rows(without: rejected)
            var known = buffered[partition] ?? Buffered()
            if known.rows.isEmpty {
                known.since = MonotonicClock.seconds()
                known.first = rows.first?.offset
            }
            known.rows += rows
            known.next = (batch.offsets.last ?? -1) + 1
            buffered[partition] = known
        }
        return .written(rejections)
    }

    func flush(all: Bool) -> FlushOutcome {
        let now = MonotonicClock.seconds()
        for (partition, known) in buffered where !known.rows.isEmpty {
            guard all || known.rows.count >= Self.dueRows || now - known.since >= Self.dueAge else { continue }
            switch destination.store([(partition, known.rows)], id) {
            case .stored:
                buffered[partition]?.rows = []
                buffered[partition]?.first = nil
            case .broken(let error): return .failed(error)
            case .foreign(let error): return .fenced(error)
            }
        }
        return .flushed
    }

    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? {
        buffered[TopicPartition(topic, partition)]?.first
    }

    func discard(_ topic: String, _ partition: Int32) { buffered[TopicPartition(topic, partition)] = nil }
}
