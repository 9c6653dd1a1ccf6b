/// The resume position of a partition, from its claims.
struct Position: Sendable, Equatable {
    /// The first offset to read; nil: nothing is published yet, the consumer group's commit decides.
    var offset: Int64?
    /// Kafka's timestamp of the record before `offset`; nil: unknown.
    var timestampBefore: Int64?
    /// The first offset of the next file set; nil: that of its first row.
    var from: Int64?
    /// A file set to rebuild.
    var redo: Claim?

    static let unknown = Position()
}
