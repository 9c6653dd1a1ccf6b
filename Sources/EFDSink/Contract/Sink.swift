import EFDCore

/// A destination of decoded records. It sees columns, never Kafka; the runtime around it consumes, decodes, batches, retries,
/// dead-letters and commits.
///
/// Delivery is at least once: rows may be written again after a crash, so equal rows must end up stored once.
public protocol Sink: Sendable {
    /// Short and lower-case, for logs and metrics: `influxdb`.
    var name: String { get }

    /// Checks the destination and makes what is missing in it. Called before the first record is read, again and again while it
    /// throws an error that may pass.
    func open(_ log: Log) throws(EFDError)

    /// One writer for each writer thread. A partition's rows all go to the same writer, in order.
    func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter
}

/// Used by one thread.
public protocol SinkWriter: AnyObject {
    /// Stores the rows of all batches, each of its own topic-partition and schema, and returns when they are durable.
    func write(_ batches: [TopicBatch]) -> WriteOutcome
}

/// What became of the rows of one `write`.
public enum WriteOutcome: Sendable {
    /// Every row but the rejected is durable.
    case written([Rejection])
    /// Nothing is known to be stored: the runtime writes the same again, after a while.
    case failed(EFDError)
}

/// A row that the destination will never take: its record goes byte for byte to the dead-letter topic.
public struct Rejection: Sendable {
    /// Index into the batches of the `write`.
    public let batch: Int
    public let row: Int
    public let reason: EFDError

    public init(batch: Int, row: Int, reason: EFDError) { (self.batch, self.row, self.reason) = (batch, row, reason) }
}
