import EFDCore

/// A destination of decoded records. It receives columns and never sees Kafka; the runtime around it consumes, decodes,
/// batches, retries, dead-letters and commits.
///
/// Rows may be written again after a crash, so equal rows must be stored once. A sink whose destination stores the
/// offsets with the rows (`offsets: .destination`) can store each row exactly once.
public protocol Sink: Sendable {
    /// A short lower-case name for logs, metrics and readiness: `influxdb`.
    var name: String { get }

    /// The sink's properties. Read once, before `open`.
    var capabilities: SinkCapabilities { get }

    /// Identifies this destination among those of its kind: the same text for connectors that may share a consumer
    /// group. nil: none, any connector may join.
    var destination: String? { get }

    /// Checks the destination and creates what is missing in it. Called before the first record is read, repeatedly
    /// while it throws a retriable error.
    func open(_ log: Log) throws(EFDError)

    /// Creates one writer for each writer thread.
    func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter

    /// The resume position of a partition, requested each time it is assigned, before its first record is read. nil:
    /// use the consumer group's committed offset. With `.destination`, this is the moment to fence the partition's
    /// former owner.
    func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition?
}

extension Sink {
    public var destination: String? { nil }
    public func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? { nil }
}

/// The capabilities of a sink, independent of each other.
public struct SinkCapabilities: Sendable, Equatable {
    /// The store of the offsets where partitions resume.
    public enum Offsets: Sendable, Equatable {
        /// The consumer group's, committed after the rows: rows are stored at least once.
        case consumerGroup
        /// The destination's, stored with the rows: `Sink.position` returns them; the group's follow for lag tools.
        case destination
    }

    /// The rows that must go through the same writer.
    public enum Affinity: Sendable, Equatable {
        /// Those of a partition, to keep their order.
        case partition
        /// Those of a topic: only one writer creates and changes its table.
        case topic
    }

    public var offsets: Offsets
    /// Whether writers keep rows in memory after `write`. Only rows that `flush` made durable count as stored.
    public var buffersRows: Bool
    /// Whether the destination detects a writer that lost its partitions, so that outcomes may be `fenced`.
    public var canBeFenced: Bool
    /// Whether writers may reject rows, which then need their original bytes: only for such a sink are records kept
    /// beside their columns.
    public var rejectsRows: Bool
    public var affinity: Affinity

    public init(
        offsets: Offsets = .consumerGroup, buffersRows: Bool = false, canBeFenced: Bool = false,
        rejectsRows: Bool = true, affinity: Affinity = .partition
    ) {
        self.offsets = offsets
        self.buffersRows = buffersRows
        self.canBeFenced = canBeFenced
        self.rejectsRows = rejectsRows
        self.affinity = affinity
    }
}

/// The resume position of a partition in its destination.
public struct SinkPosition: Sendable, Equatable {
    /// Offset of the first record that is not stored yet.
    public let offset: Int64
    /// Kafka's timestamp of the record before it, in milliseconds since 1970. If Kafka has another record at that
    /// offset, the topic was deleted and created again. nil: unknown.
    public let timestampBefore: Int64?

    public init(offset: Int64, timestampBefore: Int64? = nil) {
        (self.offset, self.timestampBefore) = (offset, timestampBefore)
    }
}
