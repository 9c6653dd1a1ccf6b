import EFDCore
import EFDDDS
import EFDKafka
import EFDRegistry
import EFDSAL

/// The settings of `efd simulate`.
enum SimulateSettings {
    enum Destination: String, Sendable, CaseIterable { case dds, kafka }

    static let idlDirectory = Setting<String>.file(
        "idl-dir", "DIR", default: ".", help: "Folder of SAL's files sal_revCoded_<Component>.idl.")
    static let destination = Setting<Destination>.choice(
        "to", default: .dds, help: "Publish DDS samples, or produce the records directly to Kafka.")
    static let rate = Setting<Double>.number(
        "rate", "HZ", default: 1, in: 0...100_000,
        help: "Samples per second of each telemetry topic and instance; 0: none.")
    static let eventRate = Setting<Double>.number(
        "event-rate", "HZ", default: 0.2, in: 0...100_000, help: "The same for events, at random moments.")
    static let commandRate = Setting<Double>.number(
        "command-rate", "HZ", default: 0, in: 0...100_000, help: "The same for commands and acknowledgements.")
    static let topicRates = Setting<[KeyValue]>.pairs(
        "topic-rate", help: "Rate of one topic in Hz: level=50, or Demo.level=50.")
    static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: ".*", help: "Kafka names of the topics to simulate.")
    static let instances = Setting<Int>.integer(
        "instances", default: 2, in: 1...1000, help: "Instances of indexed components.")
    static let seconds = Setting<Double>.number(
        "seconds", "N", default: 0, in: 0...1e9, help: "Stop after this many seconds; 0: no limit.")
    static let count = Setting<Int>.integer(
        "count", default: 0, in: 0...1_000_000_000, help: "Stop after this many samples of each stream; 0: no limit."
    )
    static let seed = Setting<Int>.integer(
        "seed", default: 1, in: 0...Int.max, help: "The same seed gives the same signals.")
    static let nanFraction = Setting<Double>.number(
        "nan-fraction", "X", default: 0.001, in: 0...1, help: "Share of real numbers that are NaN.")
    static let waitForReader = Setting<Double>.duration(
        "wait-for-reader", default: "10s", from: "0s", to: "1h", help: "Maximum wait for a reader of each topic.")
    static let report = Setting<String?>.optionalFile(
        "report", help: "File for the number of samples sent of each topic, as JSON, written at the end.")
    static let mapping = Setting<AvroMapping>.choice(
        "mapping", default: .wide, help: "With --to kafka: Avro types, as salkafka-producer.")
    static let partitions = Setting<Int>.integer(
        "partitions", default: 1, in: 1...1000, help: "With --to kafka: partitions of created topics.")
    static let createTopics = Setting<Bool>.toggle(
        "create-topics", default: true, help: "With --to kafka: create missing topics.")

    static let table = SettingsTable.process(
        "efd simulate", summary: "Publishes plausible samples of SAL components, made from their IDL.",
        positional: .init("COMPONENT …", help: "Components to simulate."),
        sections: [
            .init(
                "Simulation",
                [
                    idlDirectory.spec, destination.spec, rate.spec, eventRate.spec, commandRate.spec, topicRates.spec,
                    topicRegex.spec, instances.spec,
                    seconds.spec, count.spec, seed.spec, nanFraction.spec, waitForReader.spec, report.spec,
                ]),
            DDSSettings.section, KafkaSettings.standard.section, RegistrySettings.standard.section,
            .init("Directly to Kafka", [mapping.spec, partitions.spec, createTopics.spec]),
        ],
        examples: [
            "efd simulate Test --idl-dir idl --rate 50 --seconds 10 --report report.json",
            "efd simulate Test --idl-dir idl --to kafka --rate 10000 --count 100000",
        ])
}
