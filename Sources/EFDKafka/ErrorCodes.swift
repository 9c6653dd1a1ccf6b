import EFDCore

/// Kafka clients of every program.
extension EFDError.Code {
    /// The cluster has no authorizer, so it has no ACLs.
    /// Action: Set authorizer.class.name on its brokers, or do not replicate ACLs.
    static let kafkaAuthorizerMissing = Self("kafka.authorizerMissing")

    /// No bootstrap servers are given.
    /// Action: Set `--bootstrap-servers`.
    static let kafkaBootstrapMissing = Self("kafka.bootstrapMissing")

    /// No broker answers.
    /// Action: Check that a broker runs at the address and that this machine reaches its advertised.listeners.
    static let kafkaBrokerUnreachable = Self("kafka.brokerUnreachable")

    /// The Kafka client has a fatal error; another producer may have fenced it.
    /// Action: Restart the program. If it was fenced, look for a second instance with the same id.
    static let kafkaClientFatal = Self("kafka.clientFatal")

    /// librdkafka refused to create a client.
    /// Action: Check the Kafka properties.
    static let kafkaClientRefused = Self("kafka.clientRefused")

    /// The broker rejected the credentials.
    /// Action: Check user name, password, sasl.mechanism and security.protocol.
    static let kafkaCredentialsRefused = Self("kafka.credentialsRefused")

    /// A topic could not be read to its end in time.
    /// Action: None: the program retries. If it persists, check the cluster.
    static let kafkaEndNotReached = Self("kafka.endNotReached")

    /// The consumer group has active members.
    /// Action: Stop its consumers first.
    public static let kafkaGroupBusy = Self("kafka.groupBusy")

    /// A record exceeds the topic's or client's size limit.
    /// Action: Raise message.max.bytes of the client and max.message.bytes of the topic.
    static let kafkaMessageTooLarge = Self("kafka.messageTooLarge")

    /// The embedded broker failed.
    /// Action: Report the message.
    static let kafkaMockFailed = Self("kafka.mockFailed")

    /// An ACL is missing for the user.
    /// Action: Add the ACL with kafka-acls.sh.
    public static let kafkaNotAuthorized = Self("kafka.notAuthorized")

    /// The next offset is out of range and auto.offset.reset is error.
    /// Action: Reset the group's offsets, or set auto.offset.reset to earliest or latest.
    public static let kafkaOffsetLost = Self("kafka.offsetLost")

    /// A Kafka property is unknown or has an invalid value.
    /// Action: See librdkafka's CONFIGURATION.md.
    static let kafkaPropertyInvalid = Self("kafka.propertyInvalid")

    /// A Kafka property that the program controls cannot be set.
    /// Action: Leave it out.
    static let kafkaPropertyReserved = Self("kafka.propertyReserved")

    /// The producer's queue is full: the cluster accepts records more slowly than they arrive.
    /// Action: Check the cluster's load, or raise queue.buffering.max.messages.
    static let kafkaQueueFull = Self("kafka.queueFull")

    /// The replication factor exceeds the number of brokers.
    /// Action: Set `--replication-factor` to at most the number of brokers, or to -1 for the broker's default.
    static let kafkaReplicationImpossible = Self("kafka.replicationImpossible")

    /// A request to Kafka failed for another reason.
    /// Action: See Kafka's error in the message.
    static let kafkaRequestFailed = Self("kafka.requestFailed")

    /// Two Kafka settings exclude each other or belong together.
    /// Action: Follow the message.
    static let kafkaSettingsContradict = Self("kafka.settingsContradict")

    /// The TLS handshake with the broker failed.
    /// Action: Check security.protocol, ssl.ca.location and that the certificate names the broker's host.
    static let kafkaTlsFailed = Self("kafka.tlsFailed")

    /// A topic cannot have this number of partitions or replicas.
    /// Action: Correct the number.
    static let kafkaTopicInvalid = Self("kafka.topicInvalid")

    /// The topic or partition does not exist.
    /// Action: Create the topic, or check its name.
    public static let kafkaTopicMissing = Self("kafka.topicMissing")

    /// A new topic has no leader yet.
    /// Action: None: the program retries. If it persists, check the brokers.
    static let kafkaTopicPending = Self("kafka.topicPending")

    /// The cluster does not support the operation.
    /// Action: Upgrade the cluster; an embedded broker has no transactions and no admin API.
    public static let kafkaUnsupported = Self("kafka.unsupported")

    /// A record could not be written to the dead-letter topic.
    /// Action: Check the dead-letter topic, its ACLs and its size limit.
    static let sinkDeadLetterUnsent = Self("sink.deadLetterUnsent")
}
