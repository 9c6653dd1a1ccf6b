import EFDAvro

/// Rows of one partition and one schema, from many batches, in the order of their offsets. Not thread-safe; owned by
/// one thread.
public final class BufferedChunk {
    public let schemaID: Int32
    public let plan: AvroPlan
    public let columns: ColumnBatch
    /// Kafka's offset of each row.
    public private(set) var offsets: [Int64]
    /// Kafka's timestamp of each row: see `TopicBatch`.
    public private(set) var timestamps: [Int64]
    /// Rows before this one have been flushed.
    private var start = 0

    /// A chunk accepts no further batch after this many rows: its memory doubles as it grows, and half of the last
    /// doubling is idle.
    static let rowLimit = 8192
    /// A batch of this many rows becomes its own chunk, without a copy.
    public static let copyLimit = 512

    /// Takes ownership of the batch's columns: its former owner must not use them any longer.
    init(_ batch: TopicBatch) {
        schemaID = batch.schemaID
        plan = batch.plan
        columns = batch.columns
        offsets = batch.offsets
        timestamps = batch.timestamps
    }

    public var rowCount: Int { offsets.count }
    /// The rows that have not been flushed.
    public var liveRows: Range<Int> { start..<offsets.count }
    /// Bytes of memory.
    public var byteCount: Int { columns.allocatedBytes + (offsets.capacity + timestamps.capacity) * 8 }

    /// False if the batch needs another chunk.
    func append(_ batch: TopicBatch) -> Bool {
        guard batch.schemaID == schemaID, batch.rowCount < Self.copyLimit, rowCount + batch.rowCount <= Self.rowLimit,
            columns.append(batch.columns)
        else { return false }
        offsets += batch.offsets
        timestamps += batch.timestamps
        return true
    }

    /// Number of rows, including flushed ones, with offsets below `next`.
    public func count(below next: Int64) -> Int {
        guard let last = offsets.last, last >= next else { return rowCount }
        return offsets.firstIndex { $0 >= next } ?? rowCount
    }

    func drop(below next: Int64) { start = count(below: next) }
}
