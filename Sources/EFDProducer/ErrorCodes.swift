import EFDCore

/// salkafka-producer.
extension EFDError.Code {
    /// No component or topic is left to forward.
    /// Action: Name components, and check `--topic-regex` and `--exclude-regex`.
    static let producerNothingToForward = Self("producer.nothingToForward")

    /// Kafka permanently rejected a record.
    /// Action: Compare max.message.bytes of the topic with message.max.bytes of the client.
    static let producerRecordRefused = Self("producer.recordRefused")

    /// Two settings of the producer exclude each other.
    /// Action: Follow the message.
    static let producerSettingsContradict = Self("producer.settingsContradict")

    /// The spool folder cannot be used.
    /// Action: Give every producer its own writable `--spool-dir`.
    static let producerSpoolUnusable = Self("producer.spoolUnusable")

    /// The topic set file has a wrong key or value.
    /// Action: Correct it at the line in the message.
    static let producerTopicSetsMalformed = Self("producer.topicSetsMalformed")

    /// A component has no topic of that name.
    /// Action: Check the name; `--dry-run` lists the topics.
    static let producerTopicUnknown = Self("producer.topicUnknown")
}
