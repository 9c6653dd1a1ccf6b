import EFDAvro
import EFDCore
import EFDSink

/// The rows of one topic's partition that are not yet published. Of use to one thread.
final class BufferedPartition {
    let topic: String
    let partition: Int32
    private(set) var chunks: [BufferedChunk] = []
    private(set) var byteCount = 0
    private(set) var rowCount = 0
    /// When the first of the rows came, and the last, on the monotonic clock in seconds.
    private(set) var since = 0.0
    private(set) var lastCame = 0.0
    /// When rows came of a newer time partition than all before, while older ones are held; nil: they did not.
    private(set) var turned: Double?
    /// The newest time partition of a row so far.
    private var newestSlot: Int64?
    /// The offset that the next fileSet covers from; nil: that of its first row.
    private(set) var from: Int64?
    /// A fileSet that was claimed and not published whole: it is made again, ending before this offset.
    private(set) var redo: Claim?
    private var times: [Int32: EventTime] = [:]

    init(topic: String, partition: Int32, position: Position) {
        self.topic = topic
        self.partition = partition
        from = position.from
        redo = position.redo
    }

    var isEmpty: Bool { rowCount == 0 }
    /// All rows of the fileSet that is made again are here.
    var isRedone: Bool { redo.map { (newestOffset ?? -1) >= $0.next - 1 } ?? false }
    var oldestOffset: Int64? { chunks.first.map { $0.offsets[$0.start] } }
    var newestOffset: Int64? { chunks.last?.offsets.last }

    /// Where the rows end that are older than the newest time partition, if those span `count` time partitions with it;
    /// nil: they do not.
    func end(ofSpan count: Int64) -> Int64? {
        guard let newest = chunks.compactMap(\.newestSlot).max(), let oldest = chunks.compactMap(\.oldestSlot).min(),
            newest - oldest >= count
        else {
            return nil
        }
        return chunks.compactMap { $0.end(before: newest) }.max()
    }

    func append(_ batch: TopicBatch, _ layout: PathLayout, timeFields: [String]) {
        lastCame = MonotonicClock.seconds()
        if isEmpty { since = lastCame }
        let time = times[batch.schemaID] ?? EventTime(batch.plan.columns, candidates: timeFields)
        times[batch.schemaID] = time
        rowCount += batch.rowCount
        if let chunk = chunks.last {
            let before = chunk.byteCount
            if chunk.append(batch, time, layout) {
                byteCount += chunk.byteCount - before
                return noteTurn(chunk)
            }
        }
        let chunk = BufferedChunk(batch, time, layout)
        chunks.append(chunk)
        byteCount += chunk.byteCount
        noteTurn(chunk)
    }

    private func noteTurn(_ chunk: BufferedChunk) {
        let before = newestSlot ?? chunk.runs.first?.slot ?? chunk.latestSlot
        if chunk.latestSlot > before { turned = turned ?? lastCame }
        newestSlot = max(before, chunk.latestSlot)
    }

    /// The next fileSet is to be this one.
    func insist(on claim: Claim) { redo = claim }

    /// Lets go of the rows with offsets below `next`, which are published.
    func drop(below next: Int64) {
        for chunk in chunks { chunk.drop(upTo: chunk.count(below: next)) }
        chunks.removeAll { $0.liveRows.isEmpty }
        byteCount = chunks.reduce(0) { $0 + $1.byteCount }
        rowCount = chunks.reduce(0) { $0 + $1.liveRows.count }
        since = MonotonicClock.seconds()
        turned = nil
        // Forgotten with the rows: a single one from the far future must not keep all later ones from being new.
        newestSlot = chunks.compactMap(\.newestSlot).max()
        from = next
        redo = nil
    }
}
