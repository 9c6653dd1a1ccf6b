import EFDCore

/// A topic to create.
public struct NewTopic: Sendable, Equatable {
    public let name: String
    public var partitions: Int
    /// Copies of each partition; -1 leaves it to the broker's `default.replication.factor`.
    public var replication: Int
    /// Properties of the topic by Kafka's names: `retention.ms`, `cleanup.policy`, `max.message.bytes`.
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
    /// It was there; its partitions and properties may be others than were asked for.
    case alreadyExists
    case failed(EFDError)
}

/// What the cluster says of a topic.
public struct TopicDescription: Sendable, Equatable {
    public struct Partition: Sendable, Equatable {
        public let id: Int32
        /// The broker that leads it, -1 when none does.
        public let leader: Int32
        public let replicas: [Int32]
        public let inSyncReplicas: [Int32]
    }

    public let name: String
    public let partitions: [Partition]
}
