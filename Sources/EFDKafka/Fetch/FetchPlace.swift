/// A librdkafka handle that fetches partitions. Each assigned partition is fetched by exactly one.
enum FetchPlace: Int, CaseIterable {
    /// The group's member. With many partitions it fetches those that seldom have records, with answers that may take
    /// long.
    case member
    /// Fetches the few of many partitions that often have records, with small and quick answers.
    case busy

    /// Milliseconds until an empty answer to the member with many partitions. One over 3,188 costs the client 23 ms of
    /// CPU.
    static let quietWait = 2000
    /// Milliseconds that the broker waits for records of busy partitions: half of that is their mean delay.
    private static let busyWait = 15
    /// An answer is sent sooner once it has this many bytes.
    private static let busyBytes = 65_536

    /// The properties of the busy handle's fetch requests, for a user's `fetch.wait.max.ms` and `fetch.min.bytes`.
    static func busyFetching(wait: Int, minimum: Int) -> [(String, String)] {
        [
            ("fetch.wait.max.ms", "\(min(wait, busyWait))"),
            ("fetch.min.bytes", "\(max(minimum, busyBytes))"),
        ]
    }
}
