import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// The replicator's settings of both clusters, the records and the copying. Schemas, topics and groups have their own
/// tables.
public enum ReplicatorSettings {
    /// The delivery guarantee.
    public enum Delivery: String, Sendable, CaseIterable {
        case auto
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    /// Where partitions without copies start.
    public enum Start: String, Sendable, CaseIterable { case earliest, latest, committed }

    /// The policy for a partition whose next record the source no longer has.
    public enum SourceLoss: String, Sendable, CaseIterable {
        case proceed = "continue"
        case stop
    }

    public enum Compression: String, Sendable, CaseIterable { case source, none, gzip, snappy, lz4, zstd }

    public static let source = KafkaSettings(prefix: "source", title: "Source Kafka")
    public static let target = KafkaSettings(prefix: "target", title: "Target Kafka")
    public static let sourceRegistry = RegistrySettings(prefix: "source", title: "Source schema registry")
    public static let targetRegistry = RegistrySettings(prefix: "target", title: "Target schema registry")

    public static let groupID = Setting<String>.text(
        "group-id", "GROUP", default: "efd.replicator",
        help:
            "Names the replication: replicators of one name share the partitions; lag tools of the source see it as a "
            + "consumer group."
    ).importance(.high)
    public static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: #"lsst\.sal\..*"#,
        help: "Topics to copy: the pattern must match the whole name; new topics are added while running."
    ).importance(.high)
    public static let excludeRegex = Setting<NamePattern?>.exclusion(
        "exclude-regex", default: #".*[-.]internal|.*\.replica|__.*"#,
        help: "Topics to exclude: the pattern must match the whole name.")

    public static let delivery = Setting<Delivery>.choice(
        "delivery", default: .auto,
        help: "auto: exactly-once, or at-least-once with a warning if the target is an embedded broker.")
    public static let start = Setting<Start>.choice(
        "start", default: .earliest,
        help: """
            Where a partition without copies starts: at its oldest record, at its end, \
            or at the offset that the source's consumer group \
            --group-id has committed.
            """)
    public static let sourceLoss = Setting<SourceLoss>.choice(
        "on-source-loss", default: .proceed,
        help:
            "If the source topic was recreated, or deleted records before they were copied: continue at its oldest "
            + "record, or stop that partition. Either is logged as an error."
    )
    public static let lanes = Setting<Int>.integer(
        "lanes", default: 8, in: 1...256,
        help: "Maximum number of replicators that share the work; fixed when the progress topic is created.")
    public static let commitInterval = Setting<Double>.duration(
        "commit-interval", default: "250ms", from: "10ms", to: "1m",
        help: "Time between commits of transactions, which make the copies visible at the target.")
    public static let transactionBytes = Setting<Int>.bytes(
        "transaction-bytes", default: "32MiB", from: "64kB", to: "1GiB",
        help: "Bytes at which a transaction is committed early.")
    public static let threadsMin = Setting<Int>.integer(
        "threads-min", default: 1, in: 1...64, help: "Minimum number of copy threads.")
    public static let threadsMax = Setting<Int>.integer(
        "threads-max", default: 4, in: 1...64,
        help: "Maximum number of copy threads, each with its own connections; never more than lanes.")
    public static let queueBytes = Setting<Int>.bytes(
        "queue-bytes", default: "16MiB", from: "1MiB", to: "4GiB",
        help: "Memory for unacknowledged copies, over all lanes.")
    public static let bandwidthLimit = Setting<Int>.bytes(
        "bandwidth-limit", default: "0", help: "Maximum bytes per second that this process copies; 0: no limit.")
    public static let compression = Setting<Compression>.choice(
        "compression", default: .source,
        help:
            "Codec towards the target; source: the codec of the source topic's compression.type where it names one, "
            + "else lz4."
    )
    public static let provenance = Setting<Bool>.toggle(
        "provenance-header",
        help:
            "Add a header that names the source cluster, and exclude records that came from the target: for copying "
            + "in both directions."
    )

    public static let metricsByTopic = Setting<Bool>.toggle(
        "metrics-by-topic", help: "Count records, bytes, lag, age and latency for each topic.")

    static let copying = SettingsTable.Section(
        "Copying",
        [
            groupID.spec, topicRegex.spec, excludeRegex.spec, delivery.spec, start.spec, sourceLoss.spec, lanes.spec,
            commitInterval.spec,
            transactionBytes.spec, threadsMin.spec, threadsMax.spec, queueBytes.spec, bandwidthLimit.spec,
            compression.spec, provenance.spec,
        ])
    static let operations = SettingsTable.Section(
        "Operations", [OperationsServer.listen(of: "replicator").spec, metricsByTopic.spec])

    /// The header with the origin of a record.
    public static let provenanceHeader = "efd-replicator-provenance"

    /// Internal topics of the replication, at the target. The suffix excludes them from other replicators.
    public static func progressTopic(_ settings: Settings) -> String { "\(settings[groupID]).progress.internal" }
    public static func offsetsTopic(_ settings: Settings) -> String { "\(settings[groupID]).offsets.internal" }
    static func ownTopics(_ settings: Settings) -> Set<String> { [progressTopic(settings), offsetsTopic(settings)] }

    /// The source topics to copy; never the replication's internal ones.
    static func topicFilter(_ settings: Settings) -> TopicFilter {
        TopicFilter(include: settings[topicRegex], exclude: settings[excludeRegex], never: ownTopics(settings))
    }

    /// Validates the settings of both clusters that a start needs, without touching the network.
    static func checkClusters(_ settings: Settings) throws(EFDError) {
        try source.check(settings, for: [.consuming])
        try target.check(settings, for: [.consuming, .producing])
    }

    /// The same of both clusters and their registries.
    static func checkSides(_ settings: Settings) throws(EFDError) {
        try checkClusters(settings)
        try sourceRegistry.check(settings)
        try targetRegistry.check(settings)
    }

    /// Whether spans are written, for the translation of groups' offsets.
    static func wantsSpans(_ settings: Settings) -> Bool { settings[syncGroupOffsets] }

    public static let syncGroupOffsets = Setting<Bool>.toggle(
        "sync-group-offsets",
        help:
            "Write the map of offsets that translates consumer groups' offsets, and sync the offsets of idle "
            + "groups."
    )

    /// Read completely whenever a lane changes its owner, so it is compacted soon.
    static let progressConfiguration = [
        "cleanup.policy": "compact", "segment.bytes": "16777216", "min.cleanable.dirty.ratio": "0.1",
        "max.compaction.lag.ms": "3600000",
    ]
}
