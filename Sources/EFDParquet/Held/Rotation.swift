import EFDCore

/// When what is held of a partition is published.
struct Rotation: Sendable {
    let rows: Int
    let bytes: Int
    /// Seconds on the wall clock since the first row came, and since the last.
    let age: Double
    let idle: Double
    /// Time partitions that one generation may span without being due.
    let slots: Int64

    /// Rows of many hours that come mixed would make a file each few rows: a generation of several hours gets this much time, in seconds.
    static let spanPatience = 5.0

    func isFull(_ held: HeldPartition) -> Bool { held.rowCount >= rows || held.byteCount >= bytes }

    func isDue(_ held: HeldPartition, now: Double) -> Bool {
        if held.isEmpty { return false }
        if isFull(held) || now - held.since >= age || now - held.lastCame >= idle { return true }
        return now - held.since >= Self.spanPatience && held.slotSpan >= slots
    }
}
