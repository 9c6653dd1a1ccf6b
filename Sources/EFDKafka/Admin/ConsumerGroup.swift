/// What a cluster says of a consumer group.
public struct ConsumerGroup: Sendable, Equatable {
    /// As Kafka names them.
    public enum State: Sendable, Equatable {
        case unknown, preparingRebalance, completingRebalance, stable
        /// It has neither members nor offsets any more.
        case dead
        /// It has no members, only offsets.
        case empty
    }

    public let name: String
    public let state: State

    /// Nobody reads in it: its offsets may be set.
    public var isIdle: Bool { state == .empty || state == .dead }
}
