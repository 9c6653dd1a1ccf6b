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

    /// One consumer of a group.
    public struct Member: Sendable, Equatable {
        /// The consumer's `client.id`.
        public let clientID: String
        /// Where it connects from, as the coordinator sees it.
        public let host: String

        public init(clientID: String, host: String) { (self.clientID, self.host) = (clientID, host) }
    }

    /// Nobody reads in it: its offsets may be set.
    public var isIdle: Bool { state == .empty || state == .dead }
}
