import EFDCore
import EFDKafka

/// What all copy threads share.
struct CopyContext: Sendable {
    let source: KafkaProperties
    let group: String
    let laneCount: Int
    let catalogue: Catalogue
    let board: LaneAssignments
    let crew: BlockingPool
    let schemas: any SchemaReplicator
    let rate: RateLimit
    let lags: LagTable
    let troubles: StalledPartitions
    let holds: DeferredErrors
    let metrics: ReplicatorMetrics
    let provenance: RelayRoute.Provenance?
    let limits: CopyLimits
    let start: ReplicatorSettings.Start
    let sourceLoss: ReplicatorSettings.SourceLoss
    let hooks: KafkaHooks
    let health: Health
    let stop: StopToken
    /// Gets what a thread dies of; the process ends then.
    let fatal: Locked<EFDError?>

    var log: Log { hooks.log }
}

/// The bounds of copying, in one place.
struct CopyLimits: Sendable {
    /// Messages taken from the source's client at a time.
    static let pollMessages = 2000
    /// Milliseconds to wait for records while no transaction is under way.
    static let idleWait = 100
    /// While transactions commit slowly and records wait, they grow so that at most this share of the time goes into
    /// commits …
    static let commitShare = 0.1
    /// … but last no longer than this, in seconds.
    static let longestTransaction = 10.0
    /// Seconds for the round trips of one commit; what takes longer has failed. Kafka's transaction.timeout.ms ends it
    /// as well.
    static let commitPatience = 60.0
    /// A full queue towards the target is looked at again after these milliseconds.
    static let fullWait = 5
    /// A partition that a person must look at is tried again after these seconds.
    static let parkedWait = 60.0
    /// Seconds that a partition may bring nothing before the source's client is asked for it anew: neither a record nor
    /// its end since it was taken, and nothing while it is known to hold more. A transaction that is open at the source
    /// holds records back as well.
    static let firstPatience = 5.0
    static let sleepPatience = 60.0
    /// That time doubles with each attempt in vain, up to more than a whole fetch may take (socket.timeout.ms).
    static let longestPatience = 320.0
    /// Seconds between looks at the lag.
    static let measureInterval = 1.0
    /// Without going round its loop for this long a thread counts as dead, in seconds.
    static let heartbeat = 180.0
    /// The source's client: large fetches for a long link, a bounded queue behind them.
    static let fetching = [
        ("queued.max.messages.kbytes", "8192"), ("fetch.max.bytes", "8388608"), ("fetch.message.max.bytes", "1048576"),
        ("queued.min.messages", "1000000"), ("fetch.wait.max.ms", "50"), ("enable.partition.eof", "true"),
        ("socket.timeout.ms", "180000"),
    ]

    let commitInterval: Double
    let transactionBytes: Int

    init(_ settings: Settings) {
        commitInterval = settings[ReplicatorSettings.commitInterval]
        transactionBytes = settings[ReplicatorSettings.transactionBytes]
    }
}
