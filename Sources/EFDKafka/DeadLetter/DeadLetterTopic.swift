import EFDCore

/// The topic of dead letters.
enum DeadLetterTopic {
    /// Dead letters sent between two waits for acknowledgement.
    static let lettersInFlight = 1000
    /// Capacity for the largest record of the suite with its headers.
    static let maximumBytes = 16 << 20

    static let remedy =
        "Check that the topic exists, that this user may write it, and that its max.message.bytes exceeds that of "
        + "the source topics."

    /// Creates the topic, with unlimited retention, unless it exists.
    static func create(_ name: String, _ properties: KafkaProperties, hooks: KafkaHooks) throws(EFDError) {
        let topic = NewTopic(
            name, partitions: 1, configuration: ["retention.ms": "-1", "max.message.bytes": String(maximumBytes)])
        try KafkaAdmin(properties, hooks: hooks).ensureTopics([topic])
    }
}
