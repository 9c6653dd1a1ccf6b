import EFDCore

/// A bound on the bytes that all copy threads together take in a second.
final class RateLimit: Sendable {
    /// Bytes a second; 0: none.
    private let limit: Double
    /// The time at which what was taken so far is paid for, in monotonic seconds.
    private let paid = Locked(0.0)
    /// Seconds of idleness that may be made up for.
    private static let burst = 0.25

    init(bytesPerSecond: Int) { limit = Double(bytesPerSecond) }

    /// Counts bytes; returns how long to wait before taking more, in seconds.
    func take(_ bytes: Int, now: Double) -> Double {
        guard limit > 0 else { return 0 }
        return paid.withLock { paid in
            paid = max(paid, now - Self.burst) + Double(bytes) / limit
            return max(0, paid - now)
        }
    }
}
