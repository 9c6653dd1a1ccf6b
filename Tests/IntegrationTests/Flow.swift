import EFDCore
import EFDHTTP
import EFDInflux
import EFDKafka
import EFDTestKit
import Foundation
import Glibc

/// The main path for one test: the programs, with their own topics, database, group and DDS domain.
final class Flow {
    let broker: String
    let isRealBroker: Bool
    let registry: String
    let influx: TestInflux
    let database: String
    let domain: Int
    let folder: URL
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let domains = Locked(0)

    /// - Parameter isReal: whether `broker` is a real Kafka.
    init(broker: String? = nil, isReal: Bool = true, registry: String? = nil, influx: TestInflux? = nil) throws {
        let shared = try TestBroker.shared()
        self.broker = broker ?? shared.bootstrapServers
        isRealBroker = broker == nil ? shared.isReal : isReal
        self.registry = try registry ?? TestRegistry.shared().url
        self.influx = try influx ?? TestInflux.shared.get()
        database = "d" + UUID().uuidString.prefix(8).lowercased()
        domain = Self.domains.withLock { count in
            count += 1
            return (Int(getpid()) * 11 + count) % 200 + 20
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "efd-flow-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    // MARK: Programs

    private var dds: [String] { ["--dds-domain", "\(domain)", "--dds-partition-prefix", "flow"] }
    private var kafka: [String] { ["--bootstrap-servers", broker, "--registry-url", registry] }

    /// Writes the IDL of a component, so that its topics belong to this test only.
    func write(idl: String, component: String) throws {
        try idl.write(to: folder.appending(path: "sal_revCoded_\(component).idl"), atomically: true, encoding: .utf8)
    }

    /// A small component: one telemetry topic of `fields` doubles, one event.
    func writeSmallComponent(_ component: String) throws {
        try write(
            idl: """
                module \(component) {
                struct level_00000001 {
                  string<8> private_revCode; //private
                  double private_sndStamp; //private
                  double private_rcvStamp; //private
                  long private_seqNum; //private
                  string<64> private_identity; //private
                  long private_origin; //private
                  double value;
                  long steps[3];
                };
                #pragma keylist level_00000001
                struct logevent_state_00000002 {
                  double private_sndStamp; //private
                  long private_seqNum; //private
                  long private_origin; //private
                  string<32> reason;
                };
                #pragma keylist logevent_state_00000002
                };

                """, component: component)
    }

    /// The embedded broker creates topics when they are first requested.
    var topicArguments: [String] { isRealBroker ? ["--replication-factor", "1"] : ["--no-create-topics"] }

    func producer(_ components: [String], _ more: [String] = []) throws -> TestProcess {
        try TestProcess(
            "salkafka-producer",
            components + ["--idl-dir", folder.path, "--http-listen", "127.0.0.1:0", "--log-format", "json"] + dds
                + kafka + topicArguments + more)
    }

    func sink(_ pattern: String, _ more: [String] = []) throws -> TestProcess {
        try TestProcess(
            "influx-sink",
            [
                "--topic-regex", pattern, "--group-id", "g-\(database)", "--influxdb-url", influx.url,
                "--influxdb-database", database, "--http-listen",
                "127.0.0.1:0",
                "--log-format", "json", "--dead-letter-topic", "dead-\(database)", "--kafka-property",
                "topic.metadata.refresh.interval.ms=1000",
                "--kafka-property", "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=500",
            ] + kafka + more)
    }

    func simulate(_ components: [String], _ more: [String]) throws -> TestProcess {
        try TestProcess(
            "efd",
            ["simulate"] + components + [
                "--idl-dir", folder.path, "--report", folder.appending(path: "report.json").path, "--log-format",
                "json",
            ] + dds + more)
    }

    // MARK: What arrived

    /// Samples sent by Kafka topic, as the simulation reported.
    func sent() throws -> [String: Int] {
        let report = try JSON.parse(try String(contentsOf: folder.appending(path: "report.json"), encoding: .utf8))
        return Dictionary(
            uniqueKeysWithValues: (report["topics"]?.members?.entries ?? []).map {
                ($0.key, Int($0.value.integer ?? -1))
            })
    }

    var query: InfluxQuery { get throws { InfluxQuery(try HTTPURL(influx.url)) } }

    func stored(_ topic: String) -> Int { (try? query.count("private_sndStamp", in: topic, database: database)) ?? 0 }

    /// Waits until InfluxDB has all sent records; returns its final count.
    func waitForAll(_ sent: [String: Int], seconds: Double = 60) -> [String: Int] {
        func look() -> [String: Int] { Dictionary(uniqueKeysWithValues: sent.keys.map { ($0, stored($0)) }) }
        return (try? until(seconds: seconds, "") { look() == sent ? sent : nil }) ?? look()
    }

    /// Records of a topic from its beginning, until none arrives for a few seconds.
    func records(of topic: String, atLeast count: Int) throws -> [StoredRecord] {
        try Self.records(of: topic, on: broker, atLeast: count)
    }

    static func records(of topic: String, on broker: String, atLeast count: Int) throws -> [StoredRecord] {
        let properties = try KafkaProperties(bootstrapServers: broker)
        let admin = try KafkaAdmin(properties)
        let places = try until(seconds: 20, "no topic \(topic)") {
            try admin.describe(topic: topic)?.partitions.map { TopicPartition(topic, $0.id) }
        }
        let consumer = try KafkaConsumer(properties, group: "reader-\(UUID().uuidString)")
        defer { consumer.close() }
        try consumer.assign(places.map { PartitionOffset($0, PartitionOffset.beginning) })
        var found: [StoredRecord] = []
        let deadline = MonotonicClock.seconds() + 20
        while found.count < count, MonotonicClock.seconds() < deadline {
            let batch = try consumer.poll(maxMessages: 100, waitMilliseconds: 100)
            for index in 0..<batch.count { found.append(StoredRecord(batch[index])) }
        }
        return found
    }
}

/// A port of loopback that was free a moment ago.
func freePort() throws -> Int {
    let server = try HTTPServer(
        HTTPServerOptions(HostPort(host: "127.0.0.1", port: 0)), log: .silent, router: HTTPRouter())
    defer { server.stop() }
    return Int(server.address.port)
}

/// A record out of its batch.
struct StoredRecord {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [String: String]

    init(_ message: KafkaMessage) {
        key = message.key.map { Array($0) }
        value = message.value.map { Array($0) }
        var headers: [String: String] = [:]
        for header in message.headers.map(Array.init) ?? [] { headers[header.name] = header.text ?? "" }
        self.headers = headers
    }
}
