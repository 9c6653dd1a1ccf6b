import EFDCore

/// `efd registry`.
extension EFDError.Code {
    /// A record of the schema topic is not one of a schema registry.
    /// Action: Check that no other program writes to the topic.
    static let registryRecordMalformed = Self("registry.recordMalformed")

    /// The schema topic was deleted or truncated.
    /// Action: Register the missing schemas again.
    static let registryTopicReplaced = Self("registry.topicReplaced")

    /// The schema topic has several partitions or is not compacted.
    /// Action: Set cleanup.policy=compact, or name another topic with `--topic`.
    static let registryTopicUnfit = Self("registry.topicUnfit")

    /// The registry did not read its own topic up to date in time.
    /// Action: None: the client retries. If it persists, check Kafka.
    static let registryWriteTimedOut = Self("registry.writeTimedOut")
}
