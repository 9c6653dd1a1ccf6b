import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// `efd registry`: a schema registry for one machine or a small site.
public enum RegistryCommand {
    static let listen = Setting<HostPort>.address(
        "http-listen", default: ServicePort.address(of: "efd registry"),
        help: "Address of the registry's interface, with /metrics, /healthz and /readyz.")
    static let topic = Setting<String>.text(
        "topic", "NAME", default: "_schemas", help: "Kafka topic of the schemas: one partition, compacted.")
    static let replication = Setting<Int>.integer(
        "replication-factor", default: -1, in: -1...15,
        help: "Replication factor of that topic if it is created; -1: the broker's default."
    ).formerly("replication")
    static let compatibility = Setting<CompatibilityLevel>.choice(
        "compatibility", default: .backward, help: "Default level, until another is set with PUT /config.")

    public static let table = SettingsTable.process(
        "efd registry",
        summary: "A Confluent-compatible registry of Avro schemas that keeps its state in Kafka.",
        sections: [
            SettingsTable.Section("Registry", [listen.spec, topic.spec, replication.spec, compatibility.spec]),
            KafkaSettings.standard.section,
        ],
        examples: ["efd registry --bootstrap-servers 127.0.0.1:9092 --http-listen 127.0.0.1:8081"])

    public static var command: Program.Command {
        Program.Command("registry", summary: "A schema registry that keeps its state in Kafka.") { arguments in
            Program.run(table, arguments: arguments, check: check, body: run)
        }
    }

    /// Validates all settings that a start needs, without touching the network.
    static func check(_ settings: Settings) throws(EFDError) {
        try KafkaSettings.standard.check(settings, for: [.consuming, .producing])
    }

    static func options(_ settings: Settings) throws(EFDError) -> RegistryServerOptions {
        var options = RegistryServerOptions(
            http: HTTPServerOptions(settings[listen]), kafka: try KafkaSettings.standard.properties(settings))
        options.topic = settings[topic]
        options.replication = settings[replication]
        options.compatibility = settings[compatibility]
        return options
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let server = try RegistryServer(
            try options(context.settings), metrics: context.metrics, health: context.health, log: context.log)
        context.log.info("the schema registry listens", ["address": .text(server.url)])
        // Nothing is written before the topic is read, nor without Kafka.
        context.shutdown.set { [health = context.health] in health.isReady ? .drain : .idle }
        try server.run(until: context.stop)
    }
}
