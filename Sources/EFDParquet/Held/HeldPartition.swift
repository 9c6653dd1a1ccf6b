import EFDAvro
import EFDCore
import EFDSink

/// The rows of one topic's partition that are not yet published.
struct HeldPartition {
    let topic: String
    let partition: Int32
    private(set) var chunks: [HeldChunk] = []
    private(set) var byteCount = 0
    private(set) var rowCount = 0
    /// When the first of the rows came, and the last, on the monotonic clock in seconds.
    private(set) var since = 0.0
    private(set) var lastCame = 0.0
    /// The offset that the next generation covers from; nil: that of its first row.
    var from: Int64?
    /// A generation that was claimed and not published whole: it is made again, ending before this offset.
    var redo: Claim?
    private var times: [Int32: EventTime] = [:]

    init(topic: String, partition: Int32, position: Position) {
        self.topic = topic
        self.partition = partition
        from = position.from
        redo = position.redo
    }

    var isEmpty: Bool { rowCount == 0 }
    /// All rows of the generation that is made again are here.
    var isRedone: Bool { redo.map { (newestOffset ?? -1) >= $0.next - 1 } ?? false }
    var oldestOffset: Int64? { chunks.first.map { $0.offsets[$0.start] } }
    var newestOffset: Int64? { chunks.last?.offsets.last }

    /// Time partitions that the rows lie in, from the first to the last.
    var slotSpan: Int64 {
        let slots = chunks.flatMap { $0.runs.map(\.slot) }
        return (slots.max() ?? 0) - (slots.min() ?? 0)
    }

    mutating func append(_ batch: TopicBatch, _ layout: PathLayout, timeFields: [String]) {
        let now = MonotonicClock.seconds()
        if isEmpty { since = now }
        lastCame = now
        let time = times[batch.schemaID] ?? EventTime(batch.plan.columns, candidates: timeFields)
        times[batch.schemaID] = time
        if let chunk = chunks.last {
            let before = chunk.byteCount
            if chunk.append(batch, time, layout) {
                byteCount += chunk.byteCount - before
                rowCount += batch.rowCount
                return
            }
        }
        let chunk = HeldChunk(batch)
        // An empty chunk takes any batch: the runtime's batches are far from what offsets of 32 bits reach.
        _ = chunk.append(batch, time, layout)
        chunks.append(chunk)
        byteCount += chunk.byteCount
        rowCount += batch.rowCount
    }

    /// Lets go of the rows with offsets below `next`, which are published.
    mutating func drop(below next: Int64) {
        for chunk in chunks { chunk.drop(upTo: chunk.count(below: next)) }
        chunks.removeAll { $0.liveRows.isEmpty }
        byteCount = chunks.reduce(0) { $0 + $1.byteCount }
        rowCount = chunks.reduce(0) { $0 + $1.liveRows.count }
        since = MonotonicClock.seconds()
        from = next
        redo = nil
    }
}
