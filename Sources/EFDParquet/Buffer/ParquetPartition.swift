import EFDAvro
import EFDCore
import EFDSink

/// The unpublished rows of one topic partition, by time partition, and the start of its next file set. Not thread-safe;
/// owned by one thread.
final class ParquetPartition: BufferedRows {
    private let rows: BufferedPartition
    private(set) var chunks: [ParquetChunk] = []
    /// When the first row of a newer time partition arrived while older rows were still buffered (monotonic seconds);
    /// nil if none has.
    private(set) var turned: Double?
    /// The newest time partition of a row so far.
    private var newestTimePartition: Int64?
    /// The first offset of the next file set; nil: that of its first row.
    private(set) var from: Int64?
    /// A file set that was claimed but not completely published: it is built again, ending before this offset.
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

    /// Whether all rows of that file set are buffered again.
    var isRedone: Bool { redo.map { (newestOffset ?? -1) >= $0.next - 1 } ?? false }

    /// The offset after the rows that are older than the newest time partition, if those span `count` time partitions
    /// with it; nil otherwise.
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

    /// Builds this file set next.
    func mustRedo(_ claim: Claim) { redo = claim }

    /// Releases the rows with offsets below `next`, which are published.
    func drop(below next: Int64) {
        rows.drop(below: next)
        chunks.removeAll { $0.rows.liveRows.isEmpty }
        timeBytes = chunks.reduce(0) { $0 + $1.byteCount }
        turned = nil
        // Discarded with the rows: one row from the far future must not hide all later partitions.
        newestTimePartition = chunks.compactMap(\.newestTimePartition).max()
        from = next
        redo = nil
    }
}
