/// A moment as people give it to a tool.
public enum TimePoint {
    /// Milliseconds since 1970 of a span back from now (`2h`, `7d`) or a UTC time (`2026-11-24T06:00:00Z`); nil for
    /// other texts.
    ///
    /// - Parameter now: seconds since 1970.
    public static func milliseconds(_ text: String, now: Double) -> Int64? {
        if let seconds = Units.seconds(text) { return Int64((now - seconds) * 1000) }
        return Timestamp.nanoseconds(text).map { $0 / 1_000_000 }
    }
}
