import EFDCore

/// A destination of decoded records. It sees columns, never Kafka; the runtime around it consumes, decodes, batches,
/// retries, dead-letters and commits.
///
/// Delivery is at least once: rows may be written again after a crash, so equal rows must end up stored once. A sink
/// that gathers rows over many writes `buffersRows`, and says itself where each partition goes on: then each row can be
/// stored exactly once.
public protocol Sink: Sendable {
    /// Short and lower-case, for logs and metrics: `influxdb`.
    var name: String { get }

    /// Checks the destination and makes what is missing in it. Called before the first record is read, again and again
    /// while it throws an error that may pass.
    func open(_ log: Log) throws(EFDError)

    /// One writer for each writer thread. A partition's rows all go to the same writer, in order.
    func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter

    /// Whether writers may reject rows, which are then needed byte for byte: records are kept only for a sink that may.
    var rejectsRows: Bool { get }

    /// Whether writers keep rows beyond `write`. Only what is no longer held counts as stored.
    var buffersRows: Bool { get }

    /// Where a partition goes on, asked each time it comes to this process; nil: the consumer group's commit decides.
    func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition?
}

extension Sink {
    public var rejectsRows: Bool { true }
    public var buffersRows: Bool { false }
    public func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? { nil }
}

/// Where a partition goes on, by the word of its destination.
public struct SinkPosition: Sendable, Equatable {
    /// Of the first record that is not stored yet.
    public let offset: Int64
    /// Kafka's timestamp of the record before it, in milliseconds since 1970. Should Kafka have another record by that
    /// offset, the topic was made anew. nil: not known.
    public let timestampBefore: Int64?

    public init(offset: Int64, timestampBefore: Int64? = nil) {
        (self.offset, self.timestampBefore) = (offset, timestampBefore)
    }
}

/// Used by one thread.
public protocol SinkWriter: AnyObject {
    /// Stores the rows of all batches, each of its own topic-partition and schema, and returns when they are durable or
    /// held.
    func write(_ batches: [TopicBatch]) -> WriteOutcome

    // MARK: Of sinks that hold rows

    /// Makes held rows durable: those that are due, or all. Called every second or so, and before partitions go.
    func flush(all: Bool) -> FlushOutcome
    /// The offset of the first row held of a partition; nil: none is.
    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64?
    /// Drops what is held of a partition: it is another process's now.
    func discard(_ topic: String, _ partition: Int32)
}

extension SinkWriter {
    public func flush(all: Bool) -> FlushOutcome { .flushed }
    public func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? { nil }
    public func discard(_ topic: String, _ partition: Int32) {}
}

/// What became of the rows of one `write`.
public enum WriteOutcome: Sendable {
    /// Every row but the rejected is durable.
    case written([Rejection])
    /// Nothing is known to be stored: the runtime writes the same again, after a while.
    case failed(EFDError)
    /// Nothing is stored yet. Rows of some partitions cannot be before a person has acted: the runtime writes those of
    /// the others, and parks these partitions until `position` is at or before the first row refused.
    case refused([Refusal])
}

/// What became of held rows.
public enum FlushOutcome: Sendable {
    case flushed
    /// Some are held as before: the runtime asks again, after a while.
    case failed(EFDError)
    /// Another process has stored rows that this one holds: this one ends, and starts anew behind them.
    case fenced(EFDError)
}

/// A batch whose partition is to be parked: its records stay in Kafka.
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
