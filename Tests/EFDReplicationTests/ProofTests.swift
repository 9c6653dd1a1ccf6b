import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

@testable import EFDReplication

/// Many topics of mixed size, of three codecs, with headers, nulls and tombstones, while everything is killed: equal by `verify` and by Kafka's own consumer.
///
/// `scripts/prove-replicator` runs it long: `EFD_PROOF_TOPICS`, `EFD_PROOF_RECORDS`, `EFD_PROOF_KILLS`.
@Suite(.serialized, .enabled(if: RealBroker.isAvailable)) struct ProofTests {
    private static func number(_ name: String, _ usual: Int) -> Int { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual }
    private static let topicCount = number("EFD_PROOF_TOPICS", 9)
    private static let recordCount = number("EFD_PROOF_RECORDS", 6000)
    private static let killCount = number("EFD_PROOF_KILLS", 2)
    private static let codecs = ["lz4", "zstd", "gzip"]

    private struct Topic: Sendable {
        let name: String
        let partitions: Int
        let records: Int
        let id: Int32
        let schema: AvroSchema
    }

    /// The n-th topic has a share of 1/n: a few hold most, as at the observatory.
    private static func topics(_ prefix: String, _ registry: RegistryClient) throws -> [Topic] {
        let shares = (1...topicCount).map { 1 / Double($0) }
        let whole = shares.reduce(0, +)
        return try shares.enumerated().map { index, share in
            let name = "\(prefix).t\(index)"
            let text =
                #"{"type":"record","name":"R\#(index)","namespace":"lsst.sal","fields":[{"name":"number","type":"long"},{"name":"payload","type":"bytes"}]}"#
            let id = try registry.register(text, subject: name + "-value")
            return Topic(
                name: name, partitions: 1 + index % 4, records: max(1, Int(Double(recordCount) * share / whole)), id: id, schema: try AvroSchema.parse(text))
        }
    }

    private static func fill(_ topics: [Topic], _ servers: String) throws {
        let writers = try codecs.map { try Writer(servers, "compression.codec=\($0)", "linger.ms=20", "delivery.timeout.ms=600000") }
        var generator = SeededGenerator(seed: 4711)
        // Retention takes what is a week old.
        let start = Int64(WallClock.seconds() * 1000) - 3_600_000
        let most = topics.map(\.records).max() ?? 0
        for number in 0..<most {
            for (index, topic) in topics.enumerated() where number < topic.records {
                let payload = (0..<Int.random(in: 10...400, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let value =
                    ConfluentFrame.header(schemaID: topic.id) + (try AvroEncoder(topic.schema).encode(.record([.long(Int64(number)), .bytes(payload)])))
                let key: [UInt8]? = number % 4 == 0 ? nil : Array("k\(number % 7)".utf8)
                let headers: [(String, [UInt8]?)]? = number % 3 == 0 ? [("a", Array("\(number)".utf8)), ("null", nil), ("empty", [])] : nil
                try writers[index % writers.count].write(
                    topic.name, Int32(number % topic.partitions), key: key, value: number % 50 == 49 ? nil : value,
                    timestamp: start + Int64(number), headers: headers)
            }
        }
        for writer in writers { writer.finish() }
    }

    /// Everything that Kafka's console consumer, in Java, prints of all topics, sorted, as one checksum. Order is `verify`'s to look at.
    private static func javaSum(_ servers: String, _ prefix: String, _ count: Int) throws -> String {
        let script = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/scripts/kafka"
        let pipeline = """
            "$('\(script)' home | tail -1)"/bin/kafka-console-consumer.sh --bootstrap-server \(servers) --include '\(prefix)\\.t.*' --from-beginning --isolation-level read_committed \
            --max-messages \(count) --timeout-ms 120000 --formatter-property print.timestamp=true --formatter-property print.partition=true \
            --formatter-property print.headers=true --formatter-property print.key=true --formatter-property null.literal=NULL 2> /dev/null \
            | LC_ALL=C sort | sha256sum
            """
        let process = try TestProcess("/bin/bash", ["-c", pipeline])
        #expect(process.wait(seconds: 900) == 0)
        return String(process.output.prefix(64))
    }

    @Test(.timeLimit(.minutes(30))) func copiesEqualTheirSourceWhateverIsKilled() throws {
        let brokers = [try RealBroker(), try RealBroker()]
        defer { for broker in brokers { broker.remove() } }
        let prefix = TestBroker.uniqueName("proof")
        let registries = try brokers.map { try RegistryProcess($0.bootstrapServers, topic: "_schemas") }
        defer { for registry in registries { registry.process.kill() } }
        let sites = Sites(source: brokers[0].bootstrapServers, target: brokers[1].bootstrapServers)
        let topics = try Self.topics(prefix, RegistryClient(try RegistryOptions([registries[0].url])))
        let admin = try sites.sourceAdmin()
        let created = try admin.createTopics(topics.map { NewTopic($0.name, partitions: $0.partitions) })
        #expect(created.allSatisfy { $0.result == .created })
        let start = {
            try sites.replicator(
                "\(prefix)\\..*", group: prefix, "--schema-mode", "preserve", "--source-registry-url", registries[0].url, "--target-registry-url",
                registries[1].url)
        }
        var replicator = try start()
        defer { replicator.kill() }

        let outcome = Locked<Result<Void, any Error>?>(nil)
        let servers = sites.source
        let list = topics.map { $0 }
        let writing = Worker("writer") {
            let result = Result { try Self.fill(list, servers) }
            outcome.withLock { $0 = result }
        }
        let joined = Result {
            for kill in 0..<Self.killCount {
                MonotonicClock.sleep(seconds: Double.random(in: 1...6))
                switch kill % 5 {
                case 0:
                    replicator.kill()
                    replicator = try start()
                case 1: try registries[0].killAndStart(after: 0.5)
                case 2: try registries[1].killAndStart(after: 0.5)
                case 3:
                    try brokers[1].kill()
                    try brokers[1].start()
                default:
                    try brokers[0].kill()
                    try brokers[0].start()
                }
            }
        }
        writing.join()
        try joined.get()
        try #require(outcome.withLock { $0 }).get()

        let verify = try TestProcess(
            "replicator",
            [
                "verify", "--topics", "\(prefix)\\..*", "--source-bootstrap-servers", sites.source, "--target-bootstrap-servers", sites.target, "--wait", "10m",
            ])
        #expect(verify.wait(seconds: 900) == 0, "\(verify.output.suffix(3000))\n\(replicator.output.suffix(3000))")
        let count = topics.reduce(0) { $0 + $1.records }
        print(verify.output.split(separator: "\n").last { $0.contains("partitions") } ?? "")
        #expect(verify.output.contains(" \(count) records"))
        #expect(try Self.javaSum(sites.source, prefix, count) == Self.javaSum(sites.target, prefix, count))
        #expect(replicator.stop() == 0)
    }
}
