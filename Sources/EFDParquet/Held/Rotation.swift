import EFDCore

/// When what is held of a partition is published.
struct Rotation: Sendable {
    let rows: Int
    let bytes: Int
    /// Seconds on the wall clock since the first row came, and since the last.
    let age: Double
    let idle: Double
    /// Time partitions that rows span when those before the newest are published.
    let slots: Int64

    /// After the first row of a new time partition, stragglers of the ones before get this much time, in seconds.
    static let turnPatience = 5.0

    func isFull(_ held: BufferedPartition) -> Bool { held.rowCount >= rows || held.byteCount >= bytes }

    /// The offset before which rows are to be published now, `.max` for all; nil: none are.
    func limit(_ held: BufferedPartition, now: Double) -> Int64? {
        if held.isEmpty { return nil }
        if isFull(held) || now - held.since >= age || now - held.lastCame >= idle { return .max }
        // Rows of the time partition that has begun stay: its file shall hold more than its first seconds.
        guard let turned = held.turned, now - turned >= Self.turnPatience else { return nil }
        return held.end(ofSpan: slots)
    }
}
