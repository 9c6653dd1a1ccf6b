/// The number of copy threads for their load. Pure; called every `interval` seconds.
struct ScalingPolicy {
    /// Seconds between two calls.
    static let interval = 2.0
    /// The source is ahead if more records wait than are copied in this many seconds, and at least this many.
    private static let behindSeconds = 2.0
    private static let behindRecords = 5000.0
    /// Consecutive calls with the source ahead before a thread is added, and with idle threads before one is removed.
    private static let patienceToGrow = 3
    private static let patienceToShrink = 15
    /// A new thread is removed unless throughput grows by this factor; then none is added for so many calls.
    private static let worthwhile = 1.1
    private static let restAfterTrial = 150
    /// A thread is removed only if the others would be less busy than this.
    private static let restfulShare = 0.5

    struct Look {
        var threads: Int
        /// Busy share of time, summed over all threads: 1.5 of 2.
        var busy: Double
        /// Records that wait at the source.
        var lag: Double
        /// Records copied per second.
        var rate: Double
    }

    let bounds: ClosedRange<Int>
    private var aheadCount = 0
    private var idle = 0
    private var rest = 0
    /// The rate before the last thread was added, until its effect is judged.
    private var trial: (rate: Double, looks: Int)?

    init(_ bounds: ClosedRange<Int>) { self.bounds = bounds }

    /// Returns the number of threads from now on.
    mutating func threads(_ look: Look) -> Int {
        if look.threads < bounds.lowerBound { return bounds.lowerBound }
        let isBehind = look.lag > max(Self.behindRecords, look.rate * Self.behindSeconds)
        aheadCount = isBehind ? aheadCount + 1 : 0
        let isIdle = !isBehind && look.busy < Double(look.threads - 1) * Self.restfulShare
        idle = isIdle ? idle + 1 : 0
        rest = max(0, rest - 1)
        if let verdict = judge(look, isBehind: isBehind) { return verdict }
        if aheadCount >= Self.patienceToGrow, look.threads < bounds.upperBound, rest == 0, trial == nil {
            trial = (look.rate, 0)
            return look.threads + 1
        }
        if idle >= Self.patienceToShrink, look.threads > bounds.lowerBound {
            idle = 0
            return look.threads - 1
        }
        return look.threads
    }

    /// Removes the last added thread if it did not raise throughput.
    private mutating func judge(_ look: Look, isBehind: Bool) -> Int? {
        guard let open = trial else { return nil }
        guard isBehind else {
            trial = nil
            return nil
        }
        guard open.looks + 1 >= Self.patienceToGrow else {
            trial = (open.rate, open.looks + 1)
            return look.threads
        }
        trial = nil
        aheadCount = 0
        if look.rate >= open.rate * Self.worthwhile { return nil }
        rest = Self.restAfterTrial
        return max(bounds.lowerBound, look.threads - 1)
    }
}
