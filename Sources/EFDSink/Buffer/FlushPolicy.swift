/// When to flush a partition's buffered rows: by number, memory and age.
public struct FlushPolicy: Sendable {
    public let rows: Int
    /// Bytes of memory.
    public let bytes: Int
    /// Seconds since the first row arrived, and since the last.
    public let age: Double
    public let idle: Double

    public init(rows: Int, bytes: Int, age: Double, idle: Double = .infinity) {
        (self.rows, self.bytes, self.age, self.idle) = (rows, bytes, age, idle)
    }

    public func isFull(_ buffered: some BufferedRows) -> Bool {
        buffered.rowCount >= rows || buffered.byteCount >= bytes
    }

    /// - Parameter now: on the monotonic clock, in seconds.
    public func isDue(_ buffered: some BufferedRows, now: Double) -> Bool {
        if buffered.isEmpty { return false }
        return isFull(buffered) || now - buffered.since >= age || now - buffered.lastArrival >= idle
    }
}
