/// When to do something again that should be done often but take little of the time: a look at three partitions costs
/// nothing, at three thousand a tenth of a second.
public struct AdaptiveInterval: Sendable {
    private let interval: Double
    private let share: Double
    private var began = 0.0
    private var next = -Double.infinity

    /// - Parameters:
    ///   - interval: seconds between two beginnings, at the least.
    ///   - share: of the time that it may take.
    public init(interval: Double, share: Double = 0.01) { (self.interval, self.share) = (interval, share) }

    /// Whether it is due; it begins then. Times are of the monotonic clock, in seconds.
    public mutating func begins(_ now: Double) -> Bool {
        guard now >= next else { return false }
        began = now
        return true
    }

    public mutating func ended(_ now: Double) { next = began + max(interval, (now - began) / share) }
}
