import EFDCore

/// A topic to create.
public struct NewTopic: Sendable, Equatable {
    public let name: String
    public var partitions: Int
    /// Replication factor; -1: the broker's `default.replication.factor`.
    public var replication: Int
    /// Properties of the topic with Kafka's names: `retention.ms`, `cleanup.policy`, `max.message.bytes`.
    public var configuration: [String: String]

    public init(_ name: String, partitions: Int = 1, replication: Int = -1, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}

public enum TopicCreation: Sendable, Equatable {
    case created
    /// It existed; its partitions and properties may differ from the requested ones.
    case alreadyExists
    case failed(EFDError)
}

/// A topic of a cluster.
public struct TopicDescription: Sendable, Equatable {
    public struct Partition: Sendable, Equatable {
        public let id: Int32
        /// The leader, -1 if there is none.
        public let leader: Int32
        public let replicas: [Int32]
        public let inSyncReplicas: [Int32]
    }

    public let name: String
    public let partitions: [Partition]
}
