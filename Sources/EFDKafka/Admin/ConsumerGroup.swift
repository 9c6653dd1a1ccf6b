/// A consumer group of a cluster.
public struct ConsumerGroup: Sendable, Equatable {
    /// With Kafka's names.
    public enum State: Sendable, Equatable {
        case unknown, preparingRebalance, completingRebalance, stable
        /// It has neither members nor offsets.
        case dead
        /// It has only offsets, no members.
        case empty
    }

    public let name: String
    public let state: State

    /// It has no members: its offsets may be set.
    public var isIdle: Bool { state == .empty || state == .dead }
}
