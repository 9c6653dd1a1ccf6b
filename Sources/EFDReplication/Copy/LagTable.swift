import EFDCore

/// The lag of each topic, put together from what the copy threads see.
final class LagTable: Sendable {
    private let threads = Locked<[Int: [String: Int64]]>([:])

    func set(_ thread: Int, _ lags: [String: Int64]) { threads.withLock { $0[thread] = lags.isEmpty ? nil : lags } }

    /// Records by topic.
    var topics: [String: Int64] {
        threads.withLock { threads in
            var sum: [String: Int64] = [:]
            for lags in threads.values { sum.merge(lags, uniquingKeysWith: +) }
            return sum
        }
    }
}
