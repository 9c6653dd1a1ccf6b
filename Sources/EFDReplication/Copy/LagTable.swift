import EFDCore

/// The lag of a topic's copies.
struct TopicLag: Sendable {
    /// Records of the source that are not read yet.
    var records: Int64 = 0
    /// The timestamp of the last copy of the partition with the largest lag in time, in milliseconds since 1970; nil:
    /// no lag.
    var oldest: Int64?

    /// - Parameter stamp: of the last record copied; nil: unknown.
    mutating func add(records: Int64, lastCopied stamp: Int64?) {
        self.records += records
        if records > 0, let stamp, stamp >= 0 { oldest = min(oldest ?? stamp, stamp) }
    }

    mutating func add(_ other: TopicLag) { add(records: other.records, lastCopied: other.oldest) }

    /// Seconds, 0 if there is no lag.
    func age(now: Double) -> Double { oldest.map { max(0, now - Double($0) / 1000) } ?? 0 }
}

/// The lag of each topic, combined from the copy threads.
final class LagTable: Sendable {
    private let threads = Locked<[Int: [String: TopicLag]]>([:])

    func set(_ thread: Int, _ lags: [String: TopicLag]) { threads.withLock { $0[thread] = lags.isEmpty ? nil : lags } }

    var topics: [String: TopicLag] {
        threads.withLock { threads in
            var sum: [String: TopicLag] = [:]
            for (topic, lag) in threads.values.joined() { sum[topic, default: TopicLag()].add(lag) }
            return sum
        }
    }
}
