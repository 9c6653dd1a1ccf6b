import EFDCore
import EFDKafka

/// The context that all copy threads share.
struct CopyContext: Sendable {
    let source: KafkaProperties
    let group: String
    let rules: CopyState.Rules
    let start: ReplicatorSettings.Start
    let catalogue: Catalogue
    let assignments: LaneAssignments
    let pool: BlockingPool
    let schemas: any SchemaReplicator
    let rate: RateLimit
    let lags: LagTable
    let stalls: StalledPartitions
    let postponed: DeferredErrors
    let metrics: ReplicatorMetrics
    let provenance: RelayRoute.Provenance?
    let hooks: KafkaHooks
    let health: Health
    let stop: StopToken
    /// The error that ends a thread, and the process.
    let fatal: Locked<EFDError?>

    var log: Log { hooks.log }
}

extension CopyState.Rules {
    init(_ settings: Settings, lanes: Int) {
        self.init(
            lanes: lanes, commitInterval: settings[ReplicatorSettings.commitInterval],
            transactionBytes: settings[ReplicatorSettings.transactionBytes],
            startsAtEnd: settings[ReplicatorSettings.start] == .latest,
            stopsAtLoss: settings[ReplicatorSettings.sourceLoss] == .stop)
    }
}

/// The bounds of copying, in one place.
enum CopyLimits {
    /// Maximum messages per poll of the source's client.
    static let pollMessages = 2000
    /// Milliseconds to wait for records while no transaction is open.
    static let idleWait = 100
    /// If commits are slow and records wait, transactions grow until at most this share of the time is spent in commits
    /// …
    static let commitShare = 0.1
    /// … but to at most this duration, in seconds.
    static let longestTransaction = 10.0
    /// Maximum seconds for each of the round trips of a commit; a longer one has failed. Kafka's transaction.timeout.ms
    /// ends it as well.
    static let commitPatience = 60.0
    /// Milliseconds before a full queue of the target is retried.
    static let fullWait = 5
    /// How often, and for how many milliseconds each, the acknowledgements of a failed transaction are read to find the
    /// partition at fault.
    static let faultPolls = 5
    static let faultWait = 100
    /// Seconds before a partition that needs a person is retried.
    static let stallSeconds = 60.0
    /// Seconds without a record or an end from the source's client before a partition is requested again: after a
    /// request, and while the source is known to have more. An open transaction at the source delays records too.
    static let firstPatience = 5.0
    static let silencePatience = 60.0
    /// These times double with each repetition, up to more than a whole fetch may take (socket.timeout.ms).
    static let longestPatience = 320.0
    /// Seconds between measurements of the lag.
    static let measureInterval = 1.0
    /// Seconds without a heartbeat after which a thread counts as dead.
    static let heartbeat = 180.0
    /// The source's client: large fetches for a long link, and a bounded queue for their records.
    static let fetching = [
        ("queued.max.messages.kbytes", "8192"), ("fetch.max.bytes", "8388608"), ("fetch.message.max.bytes", "1048576"),
        ("queued.min.messages", "1000000"), ("fetch.wait.max.ms", "50"), ("enable.partition.eof", "true"),
        ("socket.timeout.ms", "180000"),
    ]
}
