/// Capped exponential backoff with jitter: each wait is drawn between half of and the whole of `base * 2^attempt`, at
/// most `cap`.
///
/// Jitter prevents many clients of a restarted server from retrying in step.
public struct Backoff: Sendable {
    public let base: Double
    public let cap: Double
    public private(set) var attempt = 0

    /// Both bounds in seconds.
    public init(base: Double = 0.1, cap: Double = 30) {
        precondition(base > 0 && cap >= base)
        self.base = base
        self.cap = cap
    }

    /// The upper bound of the wait before the next attempt, in seconds.
    public var ceiling: Double { Self.ceiling(attempt: attempt, base: base, cap: cap) }

    /// Doubles with each failed attempt, at most `cap`.
    public static func ceiling(attempt: Int, base: Double, cap: Double) -> Double {
        min(cap, base * Double(UInt64(1) << UInt64(min(attempt, 40))))
    }

    /// Seconds to wait before the next attempt; counts the attempt.
    public mutating func next() -> Double {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    public mutating func next(using generator: inout some RandomNumberGenerator) -> Double {
        // At least half the ceiling, so that many retries cannot all draw zero.
        let wait = Double.random(in: ceiling / 2...ceiling, using: &generator)
        attempt += 1
        return wait
    }

    public mutating func reset() { attempt = 0 }
}
