import EFDAvro
import EFDCore

/// Stores the rows of its partitions. Owned by one thread.
public protocol SinkWriter: AnyObject {
    /// Called before the first batch of each topic and of each schema of a topic: a table is made or changed here.
    func prepare(topic: String, schemaID: Int32, plan: AvroPlan) -> PrepareOutcome

    /// Stores the rows of all batches, each of its own topic-partition and schema, and returns when they are durable or
    /// buffered.
    func write(_ batches: [TopicBatch]) -> WriteOutcome

    // MARK: Of sinks that buffer rows

    /// Makes buffered rows durable: those that are due, or all. Called every second or so, also when no record comes,
    /// and before partitions are given away.
    func flush(all: Bool) -> FlushOutcome
    /// The offset of the first row of a partition that is buffered; nil: none is.
    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64?
    /// Drops the buffered rows of a partition: another process has it now, or it is read again.
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
    /// The runtime tries again, after `retryAfter` seconds where the destination said so.
    case failed(EFDError, retryAfter: Double? = nil)
    /// Until a person acts this topic cannot be stored: its partitions are quarantined, the others go on.
    case refused(EFDError)
}

/// What became of the rows of one `write`.
public enum WriteOutcome: Sendable {
    /// Every row but the rejected is durable, or buffered.
    case written([Rejection])
    /// Nothing is known to be stored: the runtime writes the same again, after `retryAfter` seconds where the
    /// destination said so.
    case failed(EFDError, retryAfter: Double? = nil)
    /// Nothing is stored yet. Rows of some partitions cannot be until a person acts: the runtime writes those of the
    /// others, and quarantines these partitions.
    case refused([Refusal])
    /// Another process owns the partitions now: this connector fails, and resumes after the other's rows.
    case fenced(EFDError)
}

/// What became of buffered rows.
public enum FlushOutcome: Sendable {
    case flushed
    /// Some are buffered as before: the runtime flushes again, after `retryAfter` seconds where the destination said
    /// so.
    case failed(EFDError, retryAfter: Double? = nil)
    /// Another process owns the partitions now: this connector fails, and resumes after the other's rows.
    case fenced(EFDError)
}

/// A batch whose partition is quarantined: its records stay in Kafka.
public struct Refusal: Sendable {
    /// Index into the batches of the `write`.
    public let batch: Int
    public let reason: EFDError

    public init(batch: Int, reason: EFDError) { (self.batch, self.reason) = (batch, reason) }
}

/// A row that the destination will never take: its record goes byte for byte to the dead-letter topic.
public struct Rejection: Sendable {
    /// Index into the batches of the `write`.
    public let batch: Int
    public let row: Int
    public let reason: EFDError

    public init(batch: Int, row: Int, reason: EFDError) { (self.batch, self.row, self.reason) = (batch, row, reason) }
}
