/// A librdkafka handle that fetches partitions. Each assigned partition is fetched by exactly one.
enum FetchPlace: Int, CaseIterable {
    /// The group's member. It fetches while there are few partitions; with many it only keeps the assignment.
    case member
    /// Fetches the many partitions that seldom have records, with answers that may take long.
    case quiet
    /// Fetches the few partitions that often have records, with small and quick answers.
    case busy

    /// The properties of its fetch requests, for a user's `fetch.wait.max.ms` and `fetch.min.bytes`.
    func fetching(wait: Int, minimum: Int) -> [(String, String)] {
        switch self {
        case .member: []
        case .quiet: [("fetch.wait.max.ms", "\(max(wait, Self.quietWait))")]
        case .busy:
            [
                ("fetch.wait.max.ms", "\(min(wait, Self.busyWait))"),
                ("fetch.min.bytes", "\(max(minimum, Self.busyBytes))"),
            ]
        }
    }

    /// Milliseconds until an empty answer of the quiet handle. One over 3,188 partitions costs the client 23 ms of CPU.
    private static let quietWait = 2000
    /// Milliseconds that the broker waits for records of busy partitions: half of that is their mean delay.
    private static let busyWait = 15
    /// An answer is sent sooner once it has this many bytes.
    private static let busyBytes = 65_536
}
