import EFDCore

/// The rows that one writer buffers, by topic partition, and its share of the process's memory. Not thread-safe; owned
/// by one thread.
///
/// A writer appends the batches of `write`, flushes partitions by a `FlushPolicy`, and, while `mustShrink` is true, the
/// largest ones; it drops flushed rows, which returns the memory.
public final class RowBuffer<Rows: BufferedRows> {
    private struct Key: Hashable {
        let topic: String
        let partition: Int32
    }

    private var partitions: [Key: Rows] = [:]
    private let holder: MemoryHolder
    public private(set) var rowCount = 0

    public init(_ budget: MemoryBudget) { holder = MemoryHolder(budget) }

    /// Bytes of the rows.
    public var byteCount: Int { holder.bytes }

    /// Whether this writer should flush now, its largest partitions first, since the rows of all sinks use too much
    /// memory. Ask again after each flush: true until enough is flushed.
    public var mustShrink: Bool { holder.mustShrink }

    /// The buffer of each partition, including those without rows.
    public var all: some Collection<Rows> { partitions.values }

    public func rows(of topic: String, _ partition: Int32) -> Rows? {
        partitions[Key(topic: topic, partition: partition)]
    }

    /// Takes ownership of a batch. For a partition's first one, `make` creates its buffer.
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

    /// Changes a partition's rows, for example drops flushed ones, and accounts for the difference.
    public func change(_ rows: Rows, _ body: (Rows) -> Void) {
        let (bytes, count) = (rows.byteCount, rows.rowCount)
        body(rows)
        holder.change(by: rows.byteCount - bytes)
        rowCount += rows.rowCount - count
    }

    /// The flushable partition whose rows use most memory.
    public func largest(where mayFlush: (Rows) -> Bool = { _ in true }) -> Rows? {
        var largest: (rows: Rows, bytes: Int)?
        for rows in partitions.values where !rows.isEmpty {
            let bytes = rows.byteCount
            if bytes > largest?.bytes ?? 0, mayFlush(rows) { largest = (rows, bytes) }
        }
        return largest?.rows
    }

    /// Drops a partition with its rows: another process owns it now. nil: there are none.
    @discardableResult
    public func discard(_ topic: String, _ partition: Int32) -> Rows? {
        guard let rows = partitions.removeValue(forKey: Key(topic: topic, partition: partition)) else { return nil }
        holder.change(by: -rows.byteCount)
        rowCount -= rows.rowCount
        return rows
    }
}
