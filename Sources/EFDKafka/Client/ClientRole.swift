import CRdKafka

/// The purpose of a client, with the properties that the suite sets differently from librdkafka (reasons:
/// docs/kafka.md).
enum ClientRole: String {
    case consumer, producer, relay, admin
    /// Fetches partitions for a consumer, without membership in its group.
    case fetcher
    /// Reads the committed offsets of groups, and joins none.
    case offsetReader

    /// The suite's only assignment strategy: members of a group with different ones cannot work together.
    static let assignmentStrategy = "cooperative-sticky"

    var defaults: [(key: String, value: String)] {
        switch self {
        case .consumer, .fetcher: Self.common + Self.lean + Self.consuming
        case .producer: Self.common + Self.statistics + Self.producing
        case .relay: Self.common + Self.producing + Self.relaying
        case .admin, .offsetReader: Self.common
        }
    }

    /// Whether its librdkafka client is a consumer.
    var isConsumer: Bool { self == .consumer || !hasMembership }
    /// Whether it may be in a group that it leaves when it ends.
    var hasMembership: Bool { self != .fetcher && self != .offsetReader }

    /// Whether its statistics become metrics. There are many relays, whose gauges would overwrite each other, and admin
    /// clients run callbacks only during requests. A consumer has them on request only (`statistics.interval.ms`): two
    /// histograms for each topic, 20 MB over 3,188, and a timer for each partition in one sorted list.
    func hasStatistics(_ properties: KafkaProperties) -> Bool {
        guard self == .producer || self == .consumer else { return false }
        let name = "statistics.interval.ms"
        let interval = properties[name] ?? defaults.first { $0.key == name }?.value
        return (interval.flatMap { Int($0) } ?? 0) > 0
    }

    private static let common = [
        ("log.connection.close", "false"), ("socket.keepalive.enable", "true"), ("socket.nagle.disable", "true"),
        ("reconnect.backoff.max.ms", "5000"),
    ]

    private static let statistics = [("statistics.interval.ms", "10000")]
    /// With statistics on, librdkafka keeps two histograms for each topic, in a consumer as well. These producer
    /// properties determine their sizes.
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

    /// Default milliseconds until an empty answer to a fetch.
    static let fetchWait = 100
    /// Default maximum bytes that wait in a consumer.
    static let fetchQueueKilobytes = 32_768
    /// Whether the client checks a full fetch queue again as soon as it is woken; before, after a second: see
    /// `KafkaConsumer.keepFetching`.
    static let hasQueueBackoff = rd_kafka_version() >= 0x0202_0000

    private static let producing = [
        ("enable.idempotence", "true"), ("acks", "all"), ("compression.codec", "lz4"), ("linger.ms", "5"),
        ("partitioner", "murmur2_random"),
        ("delivery.timeout.ms", "120000"), ("queue.buffering.max.messages", "100000"),
        ("queue.buffering.max.kbytes", "65536"),
    ]

    /// Full batches matter more than the milliseconds of one; only the cluster limits the record size.
    private static let relaying = [
        ("transaction.timeout.ms", "60000"), ("delivery.timeout.ms", "60000"), ("linger.ms", "20"),
        ("message.max.bytes", "1000000000"),
        ("queue.buffering.max.messages", "1000000"),
    ]
}
