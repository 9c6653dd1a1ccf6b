import EFDSink

/// When to publish the buffered rows of a partition: by a flush policy, or when a newer time partition has begun.
struct Rotation: Sendable {
    let policy: FlushPolicy
    /// Number of time partitions in the buffer at which those before the newest are published.
    let timePartitions: Int64

    /// Seconds that late rows of earlier time partitions have after the first row of a new one.
    static let turnPatience = 5.0

    /// The offset before which rows are to be published now, `.max` for all; nil: none.
    ///
    /// - Parameter now: on the monotonic clock, in seconds.
    func limit(_ partition: ParquetPartition, now: Double) -> Int64? {
        if policy.isDue(partition, now: now) { return .max }
        // Rows of the new time partition stay: its file should contain more than its first seconds.
        guard let turned = partition.turned, now - turned >= Self.turnPatience else { return nil }
        return partition.end(ofSpan: timePartitions)
    }
}
