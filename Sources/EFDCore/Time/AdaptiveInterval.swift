/// Schedules periodic work that should run often but take little of the time: a check of three partitions costs
/// nothing, of three thousand a tenth of a second.
public struct AdaptiveInterval: Sendable {
    private let interval: Double
    private let share: Double
    private var began = 0.0
    private var next = -Double.infinity

    /// - Parameters:
    ///   - interval: minimum seconds between two starts.
    ///   - share: maximum share of the time for the work.
    public init(interval: Double, share: Double = 0.01) { (self.interval, self.share) = (interval, share) }

    /// Whether to start the work now; marks it as started. Times are of the monotonic clock, in seconds.
    public mutating func begins(_ now: Double) -> Bool {
        guard now >= next else { return false }
        began = now
        return true
    }

    public mutating func ended(_ now: Double) { next = began + max(interval, (now - began) / share) }
}
