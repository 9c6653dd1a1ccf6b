/// Bounds the bytes that several threads together process in a second.
public final class RateLimit: Sendable {
    /// Bytes a second; 0: no limit.
    private let limit: Double
    /// The time at which the bytes counted so far fit the limit, in monotonic seconds.
    private let paid = Locked(0.0)
    /// Seconds of idle time that a burst may use up afterwards.
    private static let burst = 0.25

    /// - Parameter bytesPerSecond: 0: no limit.
    public init(bytesPerSecond: Int) { limit = Double(bytesPerSecond) }

    /// Counts bytes at the monotonic time `now`. Returns the seconds to wait before processing more.
    public func take(_ bytes: Int, now: Double) -> Double {
        guard limit > 0 else { return 0 }
        return paid.withLock { paid in
            paid = max(paid, now - Self.burst) + Double(bytes) / limit
            return max(0, paid - now)
        }
    }
}
