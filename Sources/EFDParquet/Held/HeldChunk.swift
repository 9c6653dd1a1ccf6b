import EFDAvro
import EFDSink

/// Rows of one partition and one schema, gathered from many batches, in the order of their offsets.
final class HeldChunk {
    /// Rows next to each other of one time partition.
    struct Run {
        let slot: Int64
        var rows: Range<Int>
    }

    let schemaID: Int32
    let plan: AvroPlan
    let columns: ColumnBatch
    private(set) var offsets: [Int64] = []
    private(set) var runs: [Run] = []
    /// Rows before this one are published.
    private(set) var start = 0
    private(set) var firstTime = Double.infinity
    private(set) var lastTime = -Double.infinity

    /// A chunk takes no further batch behind so many rows: its memory doubles as it grows, and half a doubling is idle.
    static let rowLimit = 8192

    init(_ batch: TopicBatch) {
        schemaID = batch.schemaID
        plan = batch.plan
        columns = ColumnBatch(batch.plan)
    }

    var rowCount: Int { offsets.count }
    var liveRows: Range<Int> { start..<offsets.count }
    var byteCount: Int { columns.allocatedBytes + offsets.capacity * 8 + runs.capacity * MemoryLayout<Run>.stride }

    /// False when the batch belongs into another chunk.
    func append(_ batch: TopicBatch, _ time: EventTime, _ layout: PathLayout) -> Bool {
        guard batch.schemaID == schemaID, rowCount + batch.rowCount <= Self.rowLimit || rowCount == 0, columns.append(batch.columns) else { return false }
        let base = rowCount
        offsets += batch.offsets
        time.forEach(batch) { row, seconds in
            firstTime = min(firstTime, seconds)
            lastTime = max(lastTime, seconds)
            let slot = layout.slot(seconds: seconds)
            let place = base + row
            if let last = runs.last, last.slot == slot {
                runs[runs.count - 1].rows = last.rows.lowerBound..<place + 1
            } else {
                runs.append(Run(slot: slot, rows: place..<place + 1))
            }
        }
        return true
    }

    /// How many rows from the chunk's beginning have offsets below `next`.
    func count(below next: Int64) -> Int {
        guard let last = offsets.last, last >= next else { return rowCount }
        return offsets.firstIndex { $0 >= next } ?? rowCount
    }

    func drop(upTo row: Int) { start = row }
}
