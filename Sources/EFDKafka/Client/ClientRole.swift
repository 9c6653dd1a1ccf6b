import CRdKafka

/// What a client is for, with the properties that the suite sets otherwise than librdkafka (reasons: docs/kafka.md).
enum ClientRole: String {
    case consumer, producer, relay, admin
    /// Fetches partitions for a consumer, whose group it is no member of.
    case fetcher
    /// Reads the committed offsets of groups, and joins none.
    case offsetReader

    /// The suite's one assignment strategy: members of a group that name different ones cannot work together.
    static let assignmentStrategy = "cooperative-sticky"

    var defaults: [(key: String, value: String)] {
        switch self {
        case .consumer: Self.common + Self.rareStatistics + Self.lean + Self.consuming
        case .fetcher: Self.common + Self.lean + Self.consuming
        case .producer: Self.common + Self.statistics + Self.producing
        case .relay: Self.common + Self.producing + Self.relaying
        case .admin, .offsetReader: Self.common
        }
    }

    /// Whether librdkafka makes a consumer of it.
    var isConsumer: Bool { self == .consumer || !hasMembership }
    /// Whether it may have a group to leave when it ends.
    var hasMembership: Bool { self != .fetcher && self != .offsetReader }

    /// Of relays there are many, whose gauges would overwrite each other, and admin clients run callbacks only when
    /// something is asked.
    var hasStatistics: Bool { self == .consumer || self == .producer }

    private static let common = [
        ("log.connection.close", "false"), ("socket.keepalive.enable", "true"), ("socket.nagle.disable", "true"),
        ("reconnect.backoff.max.ms", "5000"),
    ]

    private static let statistics = [("statistics.interval.ms", "10000")]
    /// With its statistics on, a consumer keeps a timer for each partition in one sorted list: over 3,188 partitions
    /// every 10 s they cost 5 % of a core.
    private static let rareStatistics = [("statistics.interval.ms", "60000")]

    /// With its statistics on, librdkafka keeps two histograms of what is produced for each topic, in a consumer as
    /// well. These properties of producers are what their sizes follow.
    private static let lean = [("message.max.bytes", "1000"), ("batch.num.messages", "1")]

    private static let consuming =
        [
            ("enable.auto.commit", "true"), ("auto.commit.interval.ms", "1000"), ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("partition.assignment.strategy", assignmentStrategy), ("topic.metadata.refresh.interval.ms", "10000"),
            ("allow.auto.create.topics", "false"),
            ("fetch.wait.max.ms", "\(fetchWait)"), ("fetch.max.bytes", "16777216"),
            ("queued.max.messages.kbytes", "\(fetchQueueKilobytes)"), ("check.crcs", "true"),
        ] + (hasQueueBackoff ? [("fetch.queue.backoff.ms", "10")] : [])

    /// Milliseconds until an empty answer to a fetch unless set otherwise.
    static let fetchWait = 100
    /// Most bytes that wait in a consumer unless set otherwise.
    static let fetchQueueKilobytes = 32_768
    /// Whether the client looks at a full fetch queue again as soon as it is told; before, after a second: see
    /// `KafkaConsumer.keepFetching`.
    static let hasQueueBackoff = rd_kafka_version() >= 0x0202_0000

    private static let producing = [
        ("enable.idempotence", "true"), ("acks", "all"), ("compression.codec", "lz4"), ("linger.ms", "5"),
        ("partitioner", "murmur2_random"),
        ("delivery.timeout.ms", "120000"), ("queue.buffering.max.messages", "100000"),
        ("queue.buffering.max.kbytes", "65536"),
    ]

    /// Full batches matter more than the milliseconds of one; only the cluster decides what is too large.
    private static let relaying = [
        ("transaction.timeout.ms", "60000"), ("delivery.timeout.ms", "60000"), ("linger.ms", "20"),
        ("message.max.bytes", "1000000000"),
        ("queue.buffering.max.messages", "1000000"),
    ]
}
