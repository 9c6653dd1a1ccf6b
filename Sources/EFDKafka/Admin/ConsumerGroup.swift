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

    /// One consumer of a group.
    public struct Member: Sendable, Equatable {
        /// The consumer's `client.id`.
        public let clientID: String
        /// The host of its connection, as the coordinator reports it.
        public let host: String

        public init(clientID: String, host: String) { (self.clientID, self.host) = (clientID, host) }
    }

    /// It has no members: its offsets may be set.
    public var isIdle: Bool { state == .empty || state == .dead }
}
