import EFDSink

/// When buffered rows of a partition are published: as a flush policy says, or when a newer time partition has begun.
struct Rotation: Sendable {
    let policy: FlushPolicy
    /// Time partitions that rows span when those before the newest are published.
    let timePartitions: Int64

    /// After the first row of a new time partition, stragglers of the ones before get this much time, in seconds.
    static let turnPatience = 5.0

    /// The offset before which rows are to be published now, `.max` for all; nil: none are.
    ///
    /// - Parameter now: on the monotonic clock, in seconds.
    func limit(_ partition: ParquetPartition, now: Double) -> Int64? {
        if policy.isDue(partition, now: now) { return .max }
        // Rows of the time partition that has begun stay: its file shall hold more than its first seconds.
        guard let turned = partition.turned, now - turned >= Self.turnPatience else { return nil }
        return partition.end(ofSpan: timePartitions)
    }
}
