import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// The settings of the runtime around every sink.
public enum SinkSettings {
    public static let groupID = Setting<String?>.optional(
        "group-id", "GROUP", help: "Consumer group, which stores the progress; default efd.PROGRAM."
    ).importance(.high)
    public static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: #"lsst\.sal\..*"#,
        help: "Topics to store: the pattern must match the whole name; new topics are added while running."
    ).aliases("r", "topics.regex").importance(.high)
    public static let excludeRegex = Setting<NamePattern?>.exclusion(
        "exclude-regex", help: "Topics to exclude: the pattern must match the whole name."
    ).aliases("excluded_topic_regex", "e")
    public static let writers = Setting<Int>.integer(
        "writers", default: 2, in: 1...64, help: "Number of writer threads, each with its own connection."
    ).aliases("tasks-max", "t")
    public static let batchSize = Setting<Int>.integer(
        "batch-size", "ROWS", default: 2500, in: 1...1_000_000, help: "Maximum rows of one write.")
    public static let batchBytes = Setting<Int>.bytes(
        "batch-bytes", default: "4MiB", from: "1kB", to: "1GiB",
        help: "Maximum decoded bytes of one write; a writer uses at most 3 times as much memory.")
    public static let batchTime = Setting<Double>.duration(
        "batch-time", default: "1s", from: "1ms", to: "10m", help: "Maximum time that rows wait for a batch to fill.")
    public static let linger = Setting<Double>.duration(
        "linger", default: "50ms", from: "0s", to: "10m",
        help: "Time that rows wait for others if their writer is idle.")
    public static let commitInterval = Setting<Double>.duration(
        "commit-interval", default: "1s", from: "10ms", to: "10m", help: "Time between commits of offsets.")
    public static let deadLetterTopic = Setting<String?>.optional(
        "dead-letter-topic", "TOPIC", help: "Topic for records that cannot be stored; default efd.PROGRAM.deadletter."
    ).aliases("errors.deadletterqueue.topic.name")
    public static let unknownSchemaWait = Setting<Double>.duration(
        "unknown-schema-wait", default: "30s", from: "0s", to: "365d",
        help: "How long records wait for a schema that is missing in the registry; then they become dead letters.")
    public static let metricsByTopic = Setting<Bool>.toggle(
        "metrics-by-topic", help: "Count received, stored and rejected records for each topic.")

    /// The settings of one connector, except its destination's.
    public static let connectorSections = [KafkaSettings.standard.section, RegistrySettings.standard.section, section]

    /// The settings of a sink's process, shared by all of its connectors.
    public static func processSections(of program: String) -> [SettingsTable.Section] {
        [SettingsTable.Section("Operations", [OperationsServer.listen(of: program).spec])]
    }

    private static let section = SettingsTable.Section(
        "Sink",
        [
            groupID.spec, topicRegex.spec, excludeRegex.spec, writers.spec, batchSize.spec, batchBytes.spec,
            batchTime.spec, linger.spec, commitInterval.spec,
            deadLetterTopic.spec, unknownSchemaWait.spec, metricsByTopic.spec,
        ])
}
