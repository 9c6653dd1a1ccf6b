import EFDCore

/// The rows that one writer buffers, by topic-partition, and its share of the process's memory. Owned by one thread.
///
/// A writer appends what `write` brings, flushes partitions that are due by a `FlushPolicy`, and, while `mustShrink`
/// says so, the largest ones; it drops what it has flushed, and the memory goes back to all.
public final class RowBuffer<Rows: BufferedRows> {
    private struct Key: Hashable {
        let topic: String
        let partition: Int32
    }

    private var partitions: [Key: Rows] = [:]
    private let holder: MemoryHolder
    public private(set) var rowCount = 0

    public init(_ budget: MemoryBudget) { holder = MemoryHolder(budget) }

    /// Bytes of memory that the rows take.
    public var byteCount: Int { holder.bytes }

    /// Whether this writer is to flush now, its largest partitions first, since the rows of all sinks take too much
    /// memory. Ask again after each flush: true as long as more must go.
    public var mustShrink: Bool { holder.mustShrink }

    /// What is buffered of each partition, also of those with no rows left.
    public var all: some Collection<Rows> { partitions.values }

    public func rows(of topic: String, _ partition: Int32) -> Rows? {
        partitions[Key(topic: topic, partition: partition)]
    }

    /// Takes over a batch. The partition's first one finds what `make` gives.
    ///
    /// - Returns: the partition.
    @discardableResult
    public func append(_ batch: TopicBatch, make: () -> Rows) -> Rows {
        let key = Key(topic: batch.topic, partition: batch.partition)
        let rows: Rows
        if let known = partitions[key] { rows = known } else { rows = make() }
        partitions[key] = rows
        change(rows) { $0.append(batch) }
        return rows
    }

    /// Changes a partition's rows, as by dropping those that were flushed, and accounts for the difference.
    public func change(_ rows: Rows, _ body: (Rows) -> Void) {
        let (bytes, count) = (rows.byteCount, rows.rowCount)
        body(rows)
        holder.change(by: rows.byteCount - bytes)
        rowCount += rows.rowCount - count
    }

    /// The partition whose rows take most memory, of those that may be flushed.
    public func largest(where mayFlush: (Rows) -> Bool = { _ in true }) -> Rows? {
        var largest: (rows: Rows, bytes: Int)?
        for rows in partitions.values where !rows.isEmpty {
            let bytes = rows.byteCount
            if bytes > largest?.bytes ?? 0, mayFlush(rows) { largest = (rows, bytes) }
        }
        return largest?.rows
    }

    /// Drops a partition with its rows: it belongs to another process now. nil: there is nothing of it.
    @discardableResult
    public func discard(_ topic: String, _ partition: Int32) -> Rows? {
        guard let rows = partitions.removeValue(forKey: Key(topic: topic, partition: partition)) else { return nil }
        holder.change(by: -rows.byteCount)
        rowCount -= rows.rowCount
        return rows
    }
}
