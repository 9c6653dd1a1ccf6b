import EFDCore
import EFDDDS
import EFDHTTP
import EFDKafka
import EFDRegistry
import EFDSAL

/// The settings of salkafka-producer. Names of its predecessor are aliases.
public enum ProducerSettings {
    public enum Acknowledgement: String, Sendable, CaseIterable {
        case none = "0"
        case leader = "1"
        case all
    }

    public static let kafka = KafkaSettings(
        predecessors: ["bootstrap-servers": ["broker"], "kafka-user": ["username"], "kafka-password": ["password"]])
    public static let registry = RegistrySettings(predecessors: ["registry-url": ["registry"]])

    public static let idlDirectory = Setting<String>.file(
        "idl-dir", "DIR", default: ".", help: "Folder of SAL's files sal_revCoded_<Component>.idl.")
    public static let topicSets = Setting<String?>.optionalFile(
        "file", help: "YAML file of topic sets instead of component names, in salkafka's format.")
    public static let validate = Setting<Bool>.toggle("validate", help: "Check --file, then exit.")
    public static let showSchema = Setting<Bool>.toggle(
        "show-schema", help: "Print the JSON schema of the --file format, then exit.")
    public static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: ".*", help: "Kafka topics to forward: the pattern must match the whole name.")
    public static let excludeRegex = Setting<NamePattern?>.exclusion(
        "exclude-regex", help: "Kafka topics to exclude: the pattern must match the whole name.")
    public static let mapping = Setting<AvroMapping>.choice(
        "mapping", default: .wide,
        help: "Avro types: wide as salkafka (long, double), narrow as SAL 8 (int, long, float, double).")
    public static let key = Setting<SALKey.Policy>.choice(
        "key", default: .instance, help: "Record key: the SAL instance, which keeps its order, or none.")
    public static let leapSeconds = Setting<String?>.optionalFile(
        "leap-seconds", help: "A newer leap-seconds.list than the built-in one.")

    public static let partitions = Setting<Int>.integer(
        "partitions", default: 1, in: 1...1000, help: "Partitions of created topics.")
    public static let replication = Setting<Int>.integer(
        "replication-factor", default: -1, in: -1...15,
        help: "Replication factor of created topics; -1: the broker's default.")
    public static let retention = Setting<Double>.duration(
        "topic-retention", default: "7d", from: "1m", to: "36500d", help: "Retention of created topics.")
    public static let createTopics = Setting<Bool>.toggle(
        "create-topics", default: true, help: "Create missing Kafka topics.")
    public static let waitAck = Setting<Acknowledgement>.choice(
        "wait-ack", default: .all,
        help: "Accepted for compatibility with salkafka; records are always acknowledged by all in-sync replicas.")

    public static let queueBytes = Setting<Int>.bytes(
        "queue-bytes", default: "64MiB", from: "1MiB", to: "2GiB",
        help: "Memory for records that Kafka has not acknowledged.")
    public static let spoolDirectory = Setting<String?>.optionalFile(
        "spool-dir", "DIR",
        help:
            "Folder for records when that memory is full; without it a long broker outage loses samples, "
            + "counted."
    )
    public static let spoolLimit = Setting<Int>.bytes(
        "spool-limit", default: "10GiB", from: "1MiB", to: "1000GB", help: "Maximum bytes in that folder.")
    public static let deadLetterTopic = Setting<String>.text(
        "dead-letter-topic", "TOPIC", default: "efd.salkafka-producer.deadletter",
        help: "Topic for samples that cannot be transcoded.")
    public static let metricsByTopic = Setting<Bool>.toggle(
        "metrics-by-topic", help: "Count samples and records for each topic.")

    public static let printSchema = Setting<String?>.optional(
        "print-schema", "TOPIC", help: "Print the Avro schema of a topic (SAL name or Kafka name), then exit.")
    public static let dryRun = Setting<Bool>.toggle(
        "dry-run", help: "Print what would be registered and created, without changes, then exit.")

    public static let table = SettingsTable.process(
        "salkafka-producer", summary: "Forwards DDS samples of SAL components to Kafka as Avro records.",
        positional: .init("[COMPONENT …]", help: "Components to forward: ATDome, MTM1M3, …"),
        sections: [
            .init(
                "Components",
                [
                    idlDirectory.spec, topicSets.spec, validate.spec, showSchema.spec, topicRegex.spec,
                    excludeRegex.spec, mapping.spec, key.spec,
                    leapSeconds.spec,
                    printSchema.spec, dryRun.spec,
                ]),
            DDSSettings.section, kafka.section,
            .init(
                "Kafka topics",
                [createTopics.spec, partitions.spec, replication.spec, retention.spec, deadLetterTopic.spec]),
            .init("Delivery", [queueBytes.spec, spoolDirectory.spec, spoolLimit.spec, waitAck.spec]), registry.section,
            .init("Operations", [OperationsServer.listen(of: "salkafka-producer").spec, metricsByTopic.spec]),
        ],
        examples: [
            "salkafka-producer ATDome MTM1M3 --idl-dir idl --bootstrap-servers 127.0.0.1:9092 --registry-url "
                + "http://127.0.0.1:8081",
            "salkafka-producer Test --idl-dir idl --print-schema logevent_summaryState",
        ])
}
