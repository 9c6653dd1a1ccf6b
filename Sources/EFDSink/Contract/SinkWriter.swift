import EFDAvro
import EFDCore

/// Stores the rows of its partitions. Not thread-safe; owned by one thread.
public protocol SinkWriter: AnyObject {
    /// Called before the first batch of each topic and of each schema of a topic: create or change tables here.
    func prepare(topic: String, schemaID: Int32, plan: AvroPlan) -> PrepareOutcome

    /// Stores the rows of all batches, each of one topic partition and schema, and returns when they are durable or
    /// buffered.
    func write(_ batches: [TopicBatch]) -> WriteOutcome

    // MARK: For sinks that buffer rows

    /// Makes buffered rows durable: those that the flush policy selects, or all. Called about every second, also
    /// without new records, and before partitions are revoked.
    func flush(all: Bool) -> FlushOutcome
    /// The offset of the first buffered row of a partition; nil if there is none.
    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64?
    /// Drops the buffered rows of a partition: another process owns it now, or it is read again.
    func discard(_ topic: String, _ partition: Int32)
}

extension SinkWriter {
    public func prepare(topic: String, schemaID: Int32, plan: AvroPlan) -> PrepareOutcome { .prepared }
    public func flush(all: Bool) -> FlushOutcome { .flushed }
    public func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? { nil }
    public func discard(_ topic: String, _ partition: Int32) {}
}

/// Whether rows of a topic and schema can be written now.
public enum PrepareOutcome: Sendable {
    case prepared
    /// The runtime retries, after `retryAfter` seconds if the destination asked for a delay.
    case failed(EFDError, retryAfter: Double? = nil)
    /// This topic cannot be stored until a person acts: its partitions are quarantined, the others continue.
    case refused(EFDError)
}

/// The outcome of one `write`.
public enum WriteOutcome: Sendable {
    /// Every row except the rejected ones is durable, or buffered.
    case written([Rejection])
    /// No row is known to be stored: the runtime writes the same again, after `retryAfter` seconds if the destination
    /// asked for a delay.
    case failed(EFDError, retryAfter: Double? = nil)
    /// Nothing is stored yet. Rows of some partitions cannot be stored until a person acts: the runtime writes those of
    /// the others, and quarantines these partitions.
    case refused([Refusal])
    /// Another process owns the partitions now: this connector fails, and restarts after the other's rows.
    case fenced(EFDError)
}

/// The outcome of one `flush`.
public enum FlushOutcome: Sendable {
    case flushed
    /// Some rows are still buffered: the runtime flushes again, after `retryAfter` seconds if the destination asked for
    /// a delay.
    case failed(EFDError, retryAfter: Double? = nil)
    /// Another process owns the partitions now: this connector fails, and restarts after the other's rows.
    case fenced(EFDError)
}

/// A batch whose partition is quarantined: its records stay in Kafka.
public struct Refusal: Sendable {
    /// Index into the batches of the `write`.
    public let batch: Int
    public let reason: EFDError

    public init(batch: Int, reason: EFDError) { (self.batch, self.reason) = (batch, reason) }
}

/// A row that the destination permanently rejects: its record goes byte for byte to the dead-letter topic.
public struct Rejection: Sendable {
    /// Index into the batches of the `write`.
    public let batch: Int
    public let row: Int
    public let reason: EFDError

    public init(batch: Int, row: Int, reason: EFDError) { (self.batch, self.row, self.reason) = (batch, row, reason) }
}
