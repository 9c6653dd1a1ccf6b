import EFDAvro
import EFDCore
import EFDKafka
import EFDSink

/// What the contract promises a sink, checked with each call of one connector: the violations that were found.
final class CallWatch: Sendable {
    private struct State {
        var violations: [String] = []
        var writers: Set<Int> = []
        /// The writer of each topic or partition.
        var owners: [String: Int] = [:]
        /// What the destination answered for a partition last.
        var positions: [TopicPartition: SinkPosition?] = [:]
        var discards: [TopicPartition: Int] = [:]
    }

    private let state = Locked(State())

    var violations: [String] { state.withLock { $0.violations } }

    func violated(_ text: String) { state.withLock { $0.violations.append(text) } }

    /// How often the rows of a partition were discarded.
    func discards(of partition: TopicPartition) -> Int { state.withLock { $0.discards[partition] ?? 0 } }
    fileprivate func discarded(_ partition: TopicPartition) {
        state.withLock { $0.discards[partition, default: 0] += 1 }
    }

    /// A connector begins: nothing of the one before it matters, but what it violated.
    func begin() {
        state.withLock { state in
            let violations = state.violations
            state = State()
            state.violations = violations
        }
    }

    func madeWriter(_ index: Int) {
        state.withLock { state in
            if !state.writers.insert(index).inserted { state.violations.append("writer \(index) was made twice") }
        }
    }

    func asksPosition(_ capabilities: SinkCapabilities) {
        if capabilities.offsets != .destination { violated("a position is asked for, and the group's offsets count") }
    }

    func positioned(_ partition: TopicPartition, _ position: SinkPosition?) {
        state.withLock { $0.positions[partition] = .some(position) }
    }

    /// Rows of a partition that come must follow its position, and come to one writer.
    fileprivate func check(_ batch: TopicBatch, _ writer: Int, _ capabilities: SinkCapabilities) {
        let partition = TopicPartition(batch.topic, batch.partition)
        let owned = capabilities.affinity == .topic ? batch.topic : partition.description
        let first = batch.offsets.first ?? -1
        state.withLock { state in
            let owner = state.owners[owned] ?? writer
            state.owners[owned] = owner
            if owner != writer { state.violations.append("\(owned) came to the writers \(owner) and \(writer)") }
            guard capabilities.offsets == .destination else { return }
            guard let position = state.positions[partition] else {
                return state.violations.append("\(partition): rows came, and no position was asked for")
            }
            if let position, first < position.offset {
                state.violations.append("\(partition): offset \(first) came, its position is \(position.offset)")
            }
        }
    }
}

/// The same for one writer, owned by its thread.
struct WriterWatch {
    private struct Rows: Equatable {
        let partition: TopicPartition
        let offsets: [Int64]
    }

    private let index: Int
    private let capabilities: SinkCapabilities
    private let watch: CallWatch
    private var preparedSchemas: Set<String> = []
    /// What comes next is known: the same rows after a failure, those of other partitions after a refusal.
    private var expected: [Rows]?
    /// Of a sink that buffers rows: the last offset of each partition since it was discarded.
    private var last: [TopicPartition: Int64] = [:]
    /// The first offset that was refused of a partition: what follows must not come before it.
    private var refused: [TopicPartition: Int64] = [:]
    private var isFenced = false

    init(_ index: Int, _ capabilities: SinkCapabilities, _ watch: CallWatch) {
        self.index = index
        self.capabilities = capabilities
        self.watch = watch
    }

    mutating func prepared(_ topic: String, _ schemaID: Int32) { preparedSchemas.insert("\(topic) \(schemaID)") }

    mutating func willWrite(_ batches: [TopicBatch]) {
        if isFenced { watch.violated("writer \(index) is called although it was fenced") }
        if batches.isEmpty { watch.violated("a write of nothing") }
        let rows = batches.map { Rows(partition: TopicPartition($0.topic, $0.partition), offsets: $0.offsets) }
        if let expected, rows != expected {
            watch.violated("after a failure or refusal, not the same rows came: \(brief(rows)), not \(brief(expected))")
        }
        expected = nil
        var written = last
        for batch in batches {
            let partition = TopicPartition(batch.topic, batch.partition)
            if !preparedSchemas.contains("\(batch.topic) \(batch.schemaID)") {
                watch.violated("\(batch.topic): rows of schema \(batch.schemaID) came before it was prepared")
            }
            if zip(batch.offsets, batch.offsets.dropFirst()).contains(where: { $0 >= $1 }) {
                watch.violated("\(partition): offsets do not rise: \(batch.offsets)")
            }
            if batch.rowCount == 0 || batch.columns.rowCount != batch.rowCount {
                watch.violated("\(partition): \(batch.rowCount) offsets of \(batch.columns.rowCount) rows")
            }
            watch.check(batch, index, capabilities)
            if let offset = refused.removeValue(forKey: partition), let first = batch.offsets.first, first > offset {
                watch.violated("\(partition): offset \(first) came after \(offset) was refused")
            }
            if let last = written[partition], let first = batch.offsets.first, first <= last {
                watch.violated("\(partition): offset \(first) after \(last), and the partition was not discarded")
            }
            written[partition] = batch.offsets.last
        }
    }

    mutating func didWrite(_ batches: [TopicBatch], _ outcome: WriteOutcome) {
        let rows = batches.map { Rows(partition: TopicPartition($0.topic, $0.partition), offsets: $0.offsets) }
        switch outcome {
        case .written(let rejections):
            if !capabilities.rejectsRows, !rejections.isEmpty { watch.violated("the sink rejects rows") }
            guard capabilities.buffersRows else { return }
            for batch in rows { last[batch.partition] = batch.offsets.last }
        case .failed: expected = rows
        case .refused(let refusals):
            for refusal in refusals {
                let (partition, offset) = (rows[refusal.batch].partition, rows[refusal.batch].offsets.first ?? 0)
                refused[partition] = min(offset, refused[partition] ?? offset)
            }
            let others = rows.filter { refused[$0.partition] == nil }
            expected = others.isEmpty ? nil : others
        case .fenced: isFenced = true
        }
    }

    mutating func willFlush() {
        if !capabilities.buffersRows { watch.violated("flush is called on a sink that buffers nothing") }
        if isFenced { watch.violated("writer \(index) is flushed although it was fenced") }
    }

    mutating func wasFenced() {
        if !capabilities.canBeFenced { watch.violated("the sink cannot be fenced") }
        isFenced = true
    }

    mutating func willAskForBuffered() {
        if !capabilities.buffersRows { watch.violated("buffered rows are asked for of a sink that buffers none") }
    }

    mutating func discarded(_ partition: TopicPartition) {
        if !capabilities.buffersRows { watch.violated("discard is called on a sink that buffers nothing") }
        last[partition] = nil
        watch.discarded(partition)
    }

    private func brief(_ rows: [Rows]) -> String {
        rows.map { "\($0.partition) \($0.offsets.first ?? -1)…\($0.offsets.last ?? -1)" }.joined(separator: ", ")
    }
}
