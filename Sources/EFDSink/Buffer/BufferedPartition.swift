import EFDAvro
import EFDCore

/// A writer's buffer of one topic partition: `BufferedPartition`, or a type of the sink around one. Not thread-safe;
/// owned by one thread.
public protocol BufferedRows: AnyObject {
    var topic: String { get }
    var partition: Int32 { get }
    /// Rows that are not flushed, and the memory of all.
    var rowCount: Int { get }
    var byteCount: Int { get }
    /// Arrival of the first and the last row, on the monotonic clock in seconds.
    var since: Double { get }
    var lastArrival: Double { get }
    /// Kafka's offset of the first row; nil if there is none.
    var oldestOffset: Int64? { get }

    /// Takes ownership of a batch of this partition, whose offsets follow those of the buffered rows.
    func append(_ batch: TopicBatch)
}

extension BufferedRows {
    public var isEmpty: Bool { rowCount == 0 }
}

/// The unflushed rows of one topic partition, as columns, in the order of their offsets. Not thread-safe; owned by one
/// thread.
///
/// Large batches are kept without a copy; small ones are copied into chunks, so that a topic of one record a minute
/// does not use the memory of a batch for each.
public final class BufferedPartition: BufferedRows {
    public let topic: String
    public let partition: Int32
    /// Consecutive chunks differ in schema, or are too large to be joined.
    public private(set) var chunks: [BufferedChunk] = []
    public private(set) var byteCount = 0
    public private(set) var rowCount = 0
    public private(set) var since = 0.0
    public private(set) var lastArrival = 0.0

    public init(topic: String, partition: Int32) { (self.topic, self.partition) = (topic, partition) }

    public var oldestOffset: Int64? { chunks.first.map { $0.offsets[$0.liveRows.lowerBound] } }
    public var newestOffset: Int64? { chunks.last?.offsets.last }

    public func append(_ batch: TopicBatch) {
        if let newest = newestOffset, let first = batch.offsets.first {
            precondition(first > newest, "\(topic) partition \(partition): offset \(first) follows \(newest)")
        }
        lastArrival = MonotonicClock.seconds()
        if isEmpty { since = lastArrival }
        rowCount += batch.rowCount
        if let chunk = chunks.last {
            let before = chunk.byteCount
            if chunk.append(batch) {
                byteCount += chunk.byteCount - before
                return
            }
        }
        let chunk = BufferedChunk(batch)
        chunks.append(chunk)
        byteCount += chunk.byteCount
    }

    /// Releases the flushed rows, with offsets below `next`. The age of the others restarts.
    public func drop(below next: Int64) {
        for chunk in chunks { chunk.drop(below: next) }
        chunks.removeAll { $0.liveRows.isEmpty }
        byteCount = chunks.reduce(0) { $0 + $1.byteCount }
        rowCount = chunks.reduce(0) { $0 + $1.liveRows.count }
        since = MonotonicClock.seconds()
    }
}
