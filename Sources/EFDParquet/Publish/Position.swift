/// Where a partition resumes, according to its claims.
struct Position: Sendable, Equatable {
    /// The first offset to read; nil: nothing was published yet, the consumer group's
    /// commit decides.
    var offset: Int64?
    /// Kafka's timestamp of the record before `offset`; nil: unknown.
    var timestampBefore: Int64?
    /// The offset that the next file set covers from; nil: its first row.
    var from: Int64?
    /// A file set to make again.
    var redo: Claim?

    static let unknown = Position()
}
