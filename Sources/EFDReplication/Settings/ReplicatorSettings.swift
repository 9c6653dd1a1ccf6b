import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// What the replicator can be told of both clusters, the records and the copying. Schemas, topics and groups have
/// tables of their own.
public enum ReplicatorSettings {
    /// How sure delivery is.
    public enum Delivery: String, Sendable, CaseIterable {
        case auto
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    /// Where partitions begin of which nothing was copied yet.
    public enum Start: String, Sendable, CaseIterable { case earliest, latest, committed }

    /// What becomes of a partition whose next record the source has no longer.
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
        help: "Topics to copy: whole names that match; new ones are taken up while running."
    ).importance(.high)
    public static let excludeRegex = Setting<NamePattern?>.exclusion(
        "exclude-regex", default: #".*[-.]internal|.*\.replica|__.*"#,
        help: "Topics to leave out of those: whole names that match.")

    public static let delivery = Setting<Delivery>.choice(
        "delivery", default: .auto,
        help: "auto: exactly-once by transactions where the target has them, else at-least-once, which is told.")
    public static let start = Setting<Start>.choice(
        "start", default: .earliest,
        help: """
            Where a partition begins of which nothing was copied yet: its oldest record, the next that comes, \
            or what the source's consumer group \
            --group-id has committed.
            """)
    public static let sourceLoss = Setting<SourceLoss>.choice(
        "on-source-loss", default: .proceed,
        help:
            "A topic was made anew or lost records not yet copied: go on at its oldest record, or stop that partition; "
            + "both are told."
    )
    public static let lanes = Setting<Int>.integer(
        "lanes", default: 8, in: 1...256,
        help: "Most replicators that can share the work; counts when the progress topic is made, not later.")
    public static let commitInterval = Setting<Double>.duration(
        "commit-interval", default: "250ms", from: "10ms", to: "1m",
        help: "Time between transactions, after which readers at the target see the copies.")
    public static let transactionBytes = Setting<Int>.bytes(
        "transaction-bytes", default: "32MiB", from: "64kB", to: "1GiB",
        help: "A transaction ends early when it holds so much.")
    public static let threadsMin = Setting<Int>.integer(
        "threads-min", default: 1, in: 1...64, help: "Copy threads that are always there.")
    public static let threadsMax = Setting<Int>.integer(
        "threads-max", default: 4, in: 1...64,
        help: "Copy threads under full load, each with its own connections; never more than lanes.")
    public static let queueBytes = Setting<Int>.bytes(
        "queue-bytes", default: "16MiB", from: "1MiB", to: "4GiB",
        help: "Memory for copies that the target has not acknowledged, over all lanes.")
    public static let bandwidthLimit = Setting<Int>.bytes(
        "bandwidth-limit", default: "0", help: "Most bytes of records copied in a second by this process; 0: no limit.")
    public static let compression = Setting<Compression>.choice(
        "compression", default: .source,
        help:
            "Codec towards the target; source: the codec of the source topic's compression.type where it names one, "
            + "else lz4."
    )
    public static let provenance = Setting<Bool>.toggle(
        "provenance-header",
        help:
            "Add a header that names the source cluster, and leave out records that came from the target: for copying "
            + "both ways."
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
    static let operations = SettingsTable.Section("Operations", [OperationsServer.listen.spec, metricsByTopic.spec])

    /// The header that names where a record came from.
    public static let provenanceHeader = "efd-replicator-provenance"

    /// Topics of the replication's own, at the target. The ending keeps other replicators off them.
    public static func progressTopic(_ settings: Settings) -> String { "\(settings[groupID]).progress.internal" }
    public static func offsetsTopic(_ settings: Settings) -> String { "\(settings[groupID]).offsets.internal" }
    static func ownTopics(_ settings: Settings) -> Set<String> { [progressTopic(settings), offsetsTopic(settings)] }

    /// The source topics that are copied; the replication's own never are.
    static func topicFilter(_ settings: Settings) -> TopicFilter {
        TopicFilter(include: settings[topicRegex], exclude: settings[excludeRegex], never: ownTopics(settings))
    }

    /// All that a start refuses of both clusters' settings, without touching the network.
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
            "Keep the map of offsets that consumer groups' positions are translated with, and carry those of idle "
            + "groups over."
    )

    /// Read whole whenever a lane changes hands, so it is compacted soon.
    static let progressConfiguration = [
        "cleanup.policy": "compact", "segment.bytes": "16777216", "min.cleanable.dirty.ratio": "0.1",
        "max.compaction.lag.ms": "3600000",
    ]
}
