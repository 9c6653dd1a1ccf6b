import EFDCore

/// A destination of decoded records. It sees columns, never Kafka; the runtime around it consumes, decodes, batches,
/// retries, dead-letters and commits.
///
/// Rows may be written again after a crash, so equal rows must end up stored once. A sink whose destination keeps the
/// offsets beside the rows (`offsets: .destination`) can store each row exactly once.
public protocol Sink: Sendable {
    /// Short and lower-case, for logs, metrics and readiness: `influxdb`.
    var name: String { get }

    /// What the runtime may count on. Asked once, before `open`.
    var capabilities: SinkCapabilities { get }

    /// What tells this destination from others of its kind: the same text for connectors that may share a consumer
    /// group. nil: it has none, and any connector may join.
    var destination: String? { get }

    /// Checks the destination and makes what is missing in it. Called before the first record is read, again and again
    /// while it throws an error that may pass.
    func open(_ log: Log) throws(EFDError)

    /// One writer for each writer thread.
    func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter

    /// Where a partition resumes, asked each time it is assigned, before its first record is read. nil: the consumer
    /// group's committed offset decides. With `.destination`, the moment to fence the partition's former owner.
    func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition?
}

extension Sink {
    public var destination: String? { nil }
    public func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? { nil }
}

/// What a sink can do, each a question of its own.
public struct SinkCapabilities: Sendable, Equatable {
    /// Whose offsets say where a partition resumes.
    public enum Offsets: Sendable, Equatable {
        /// The consumer group's, committed after the rows: rows are stored at least once.
        case consumerGroup
        /// The destination's, stored with the rows: `Sink.position` says them, the group's follow for lag tools.
        case destination
    }

    /// Which rows must go through the same writer.
    public enum Affinity: Sendable, Equatable {
        /// Those of a partition, so that they stay in order.
        case partition
        /// Those of a topic: one writer alone makes and changes its table.
        case topic
    }

    public var offsets: Offsets
    /// Whether writers keep rows beyond `write`, in memory. Only what `flush` made durable counts as stored.
    public var buffersRows: Bool
    /// Whether the destination recognizes a writer that lost its partitions, so that outcomes may be `fenced`.
    public var canBeFenced: Bool
    /// Whether writers may reject rows, which are then needed byte for byte: records are kept beside their columns only
    /// for a sink that may.
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

/// Where a partition resumes, according to its destination.
public struct SinkPosition: Sendable, Equatable {
    /// Of the first record that is not stored yet.
    public let offset: Int64
    /// Kafka's timestamp of the record before it, in milliseconds since 1970. If Kafka has another record at that
    /// offset, the topic was deleted and created again. nil: not known.
    public let timestampBefore: Int64?

    public init(offset: Int64, timestampBefore: Int64? = nil) {
        (self.offset, self.timestampBefore) = (offset, timestampBefore)
    }
}
