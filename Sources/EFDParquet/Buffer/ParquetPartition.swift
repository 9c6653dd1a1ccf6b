import EFDAvro
import EFDCore
import EFDSink

/// The rows of one topic's partition that are not yet published, by time partition, and where its next file set begins.
/// Owned by one thread.
final class ParquetPartition: BufferedRows {
    private let rows: BufferedPartition
    private(set) var chunks: [ParquetChunk] = []
    /// When the first row of a newer time partition arrived while older rows were still buffered (monotonic seconds);
    /// nil if none has.
    private(set) var turned: Double?
    /// The newest time partition of a row so far.
    private var newestTimePartition: Int64?
    /// The offset that the next file set covers from; nil: that of its first row.
    private(set) var from: Int64?
    /// A file set that was claimed and not published whole: it is made again, ending before this offset.
    private(set) var redo: Claim?
    private var timeBytes = 0
    private let options: ParquetSink.Options
    private var times: [Int32: EventTime?] = [:]

    init(topic: String, partition: Int32, position: Position, options: ParquetSink.Options) {
        rows = BufferedPartition(topic: topic, partition: partition)
        from = position.from
        redo = position.redo
        self.options = options
    }

    var topic: String { rows.topic }
    var partition: Int32 { rows.partition }
    var rowCount: Int { rows.rowCount }
    var byteCount: Int { rows.byteCount + timeBytes }
    var since: Double { rows.since }
    var lastArrival: Double { rows.lastArrival }
    var oldestOffset: Int64? { rows.oldestOffset }
    var newestOffset: Int64? { rows.newestOffset }

    /// All rows of the file set that is made again are here.
    var isRedone: Bool { redo.map { (newestOffset ?? -1) >= $0.next - 1 } ?? false }

    /// Where the rows end that are older than the newest time partition, if those span `count` time partitions with it;
    /// nil: they do not.
    func end(ofSpan count: Int64) -> Int64? {
        guard let newest = chunks.compactMap(\.newestTimePartition).max(),
            let oldest = chunks.compactMap(\.oldestTimePartition).min(), newest - oldest >= count
        else { return nil }
        return chunks.compactMap { $0.end(before: newest) }.max()
    }

    func append(_ batch: TopicBatch) {
        let time = time(of: batch)
        rows.append(batch)
        if let taker = rows.chunks.last, chunks.last?.rows !== taker {
            chunks.append(ParquetChunk(taker, timeColumn: time?.name))
        }
        guard let chunk = chunks.last else { return }
        let before = chunk.byteCount
        chunk.note(batch, time, options.layout)
        timeBytes += chunk.byteCount - before
        noteTurn(chunk)
    }

    private func time(of batch: TopicBatch) -> EventTime? {
        if let known = times[batch.schemaID] { return known }
        let found = EventTime.choose(options.timeFields, in: batch.plan.columns, unit: options.timeUnit).time
        times[batch.schemaID] = .some(found)
        return found
    }

    private func noteTurn(_ chunk: ParquetChunk) {
        let before = newestTimePartition ?? chunk.runs.first?.timePartition ?? chunk.latestTimePartition
        if chunk.latestTimePartition > before { turned = turned ?? lastArrival }
        newestTimePartition = max(before, chunk.latestTimePartition)
    }

    /// The next file set is to be this one.
    func mustRedo(_ claim: Claim) { redo = claim }

    /// Releases the rows with offsets below `next`, which are published.
    func drop(below next: Int64) {
        rows.drop(below: next)
        chunks.removeAll { $0.rows.liveRows.isEmpty }
        timeBytes = chunks.reduce(0) { $0 + $1.byteCount }
        turned = nil
        // Forgotten with the rows: a single one from the far future must not keep all later ones from being new.
        newestTimePartition = chunks.compactMap(\.newestTimePartition).max()
        from = next
        redo = nil
    }
}
