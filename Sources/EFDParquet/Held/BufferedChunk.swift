import EFDAvro
import EFDSink

/// Rows of one partition and one schema, gathered from many batches, in the order of their offsets.
final class BufferedChunk {
    /// Rows next to each other of one time partition.
    struct Run {
        let slot: Int64
        var rows: Range<Int>
    }

    let schemaID: Int32
    let plan: AvroPlan
    let columns: ColumnBatch
    /// The column that rows have their times from; nil: they have the times of their Kafka records.
    let timeColumn: String?
    private(set) var offsets: [Int64] = []
    /// Kafka's timestamp of each row: see `TopicBatch`.
    private(set) var timestamps: [Int64] = []
    /// When each row happened, in seconds since 1970.
    private(set) var times: [Double] = []
    private(set) var runs: [Run] = []
    /// The newest time partition of any row so far.
    private(set) var latestSlot = Int64.min
    /// Rows before this one are published.
    private(set) var start = 0

    /// A chunk takes no further batch behind so many rows: its memory doubles as it grows, and half a doubling is idle.
    static let rowLimit = 8192
    /// A batch of so many rows is better a chunk of its own than copied into another.
    static let copyLimit = 512

    /// The batch's own columns begin the chunk: they belong to it from now on.
    init(_ batch: TopicBatch, _ time: EventTime, _ layout: PathLayout) {
        schemaID = batch.schemaID
        plan = batch.plan
        columns = batch.columns
        timeColumn = time.column
        note(batch, time, layout)
    }

    var rowCount: Int { offsets.count }
    var liveRows: Range<Int> { start..<offsets.count }
    var byteCount: Int {
        columns.allocatedBytes + (offsets.capacity + timestamps.capacity + times.capacity) * 8 + runs.capacity
            * MemoryLayout<Run>.stride
    }

    /// The newest time partition among the rows that are not published.
    var newestSlot: Int64? { runs.lazy.filter { $0.rows.upperBound > self.start }.map(\.slot).max() }
    var oldestSlot: Int64? { runs.lazy.filter { $0.rows.upperBound > self.start }.map(\.slot).min() }

    /// False when the batch belongs into another chunk.
    func append(_ batch: TopicBatch, _ time: EventTime, _ layout: PathLayout) -> Bool {
        guard batch.schemaID == schemaID, batch.rowCount < Self.copyLimit, rowCount + batch.rowCount <= Self.rowLimit
        else { return false }
        guard columns.append(batch.columns) else { return false }
        note(batch, time, layout)
        return true
    }

    private func note(_ batch: TopicBatch, _ time: EventTime, _ layout: PathLayout) {
        let base = rowCount
        offsets += batch.offsets
        timestamps += batch.timestamps
        time.forEach(batch) { row, seconds in
            times.append(seconds)
            let slot = layout.slot(seconds: seconds)
            let place = base + row
            if let last = runs.last, last.slot == slot {
                runs[runs.count - 1].rows = last.rows.lowerBound..<place + 1
            } else {
                runs.append(Run(slot: slot, rows: place..<place + 1))
                latestSlot = max(latestSlot, slot)
            }
        }
    }

    /// How many rows from the chunk's beginning have offsets below `next`.
    func count(below next: Int64) -> Int {
        guard let last = offsets.last, last >= next else { return rowCount }
        return offsets.firstIndex { $0 >= next } ?? rowCount
    }

    /// The offset behind the last row that is older than a time partition; nil: none is.
    func end(before slot: Int64) -> Int64? {
        runs.last { $0.slot < slot && $0.rows.upperBound > start }.map { offsets[$0.rows.upperBound - 1] + 1 }
    }

    func drop(upTo row: Int) { start = row }
}
