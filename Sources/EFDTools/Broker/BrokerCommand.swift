import EFDCore
import EFDKafka

/// `efd broker`: the embedded broker, for a machine without Kafka.
public enum BrokerCommand {
    static let listen = Setting<HostPort>.address(
        "kafka-listen", default: "127.0.0.1:9092", help: "Bootstrap address; port 0 takes a free one.")
    static let control = Setting<HostPort?>.address(
        "control-listen",
        help:
            "Loopback address of the control channel; port 0 takes a free one. Standard input accepts commands in "
            + "any case."
    )
    static let brokers = Setting<Int>.integer("brokers", default: 1, in: 1...20, help: "Brokers of the cluster.")
    static let topics = Setting<[KeyValue]>.pairs(
        "topic", help: "Topics to create at start, with their number of partitions: _schemas=1.")

    public static let table = SettingsTable.process(
        "efd broker",
        summary: "A Kafka broker in memory for tests and a first look; docs/kafka.md has its limits.",
        sections: [SettingsTable.Section("Broker", [listen.spec, control.spec, brokers.spec, topics.spec])],
        examples: [
            "efd broker --kafka-listen 127.0.0.1:9092 --topic _schemas=1",
            "echo 'down 1' | nc 127.0.0.1 9095    with --control-listen 127.0.0.1:9095",
        ])

    public static var command: Program.Command {
        Program.Command("broker", summary: "A Kafka broker in memory, with faults on demand.") { arguments in
            Program.run(table, arguments: arguments, check: check, body: run)
        }
    }

    /// Validates all settings that a start needs, without touching the network.
    static func check(_ settings: Settings) throws(EFDError) {
        for topic in settings[topics] { _ = try partitions(of: topic) }
    }

    private static func partitions(of topic: KeyValue) throws(EFDError) -> Int {
        guard let partitions = Int(topic.value), partitions > 0 else {
            throw EFDError(
                .brokerTopicInvalid, "--topic \(topic.key)=\(topic.value): the number of partitions is not above 0")
        }
        return partitions
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let cluster = try MockCluster(brokers: settings[brokers])
        for topic in settings[topics] { try cluster.createTopic(topic.key, partitions: try partitions(of: topic)) }
        guard let first = cluster.bootstrapServers.split(separator: ",").first.flatMap({ HostPort(String($0)) }) else {
            throw EFDError(.brokerAddressInvalid, "the mock cluster answers at \(cluster.bootstrapServers)")
        }
        let entry = try Sockets.listen(settings[listen].host, settings[listen].port)
        let forwarder = ByteForwarder(listener: entry.descriptor, host: first.host, port: first.port)
        let commands = try settings[control].map { (address) throws(EFDError) in
            (address, try Sockets.listen(address.host, address.port))
        }
        // Programs that start a broker parse these lines, which have the names of settings.
        Program.write("EFD_BOOTSTRAP_SERVERS=\(settings[listen].host):\(entry.port)\n")
        if let (address, port) = commands { Program.write("EFD_BROKER_CONTROL=\(address.host):\(port.port)\n") }
        let port = ControlPort(BrokerControl(cluster: cluster, stop: context.stop), listener: commands?.1.descriptor)
        let stop = context.stop
        let worker = JoinableThread("broker-control") { port.run(until: stop) }
        forwarder.run(until: stop)
        worker.join()
    }
}
