import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

@testable import EFDReplication

/// Many topics of mixed size, of three codecs, with headers, nulls and tombstones, schemas that come while records are
/// written, and everything killed in between: equal by `verify` and by Kafka's own consumer, decodable the moment they
/// appear.
///
/// `scripts/prove-replicator` runs it long: `EFD_PROOF_TOPICS`, `EFD_PROOF_RECORDS`, `EFD_PROOF_KILLS`.
@Suite(.serialized, .enabled(if: RealBroker.isAvailable)) struct ProofTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
    }
    private static let topicCount = number("EFD_PROOF_TOPICS", 9)
    private static let recordCount = number("EFD_PROOF_RECORDS", 6000)
    private static let killCount = number("EFD_PROOF_KILLS", 2)

    /// Everything that Kafka's console consumer, in Java, prints of all topics, sorted, as one checksum. Order is
    /// `verify`'s to look at.
    private static func javaSum(_ servers: String, _ prefix: String) throws -> TestProcess {
        let script = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/scripts/kafka"
        let pipeline = """
            "$('\(script)' home | tail -1)"/bin/kafka-console-consumer.sh --bootstrap-server \(servers) --include '\(prefix)\\.t.*' --from-beginning --isolation-level read_committed \
            --timeout-ms 15000 --formatter-property print.timestamp=true --formatter-property print.partition=true \
            --formatter-property print.headers=true --formatter-property print.key=true --formatter-property null.literal=NULL 2> /dev/null \
            | grep -av -e '(ConsoleConsumer)$' -e '^org.apache.kafka.common.errors.TimeoutException$' | LC_ALL=C sort | sha256sum
            """
        return try TestProcess("/bin/bash", ["-c", pipeline])
    }

    @Test(.timeLimit(.minutes(40))) func copiesEqualTheirSourceWhateverIsKilled() throws {
        let brokers = [try RealBroker(), try RealBroker()]
        defer { for broker in brokers { broker.remove() } }
        let prefix = TestBroker.uniqueName("proof")
        let registries = try brokers.map { try RegistryProcess($0.bootstrapServers, topic: "_schemas") }
        defer { for registry in registries { registry.process.kill() } }
        let sites = Sites(source: brokers[0].bootstrapServers, target: brokers[1].bootstrapServers)
        let topics = ProofTopic.some(Self.topicCount, prefix, records: Self.recordCount)
        let admin = try sites.sourceAdmin()
        let created = try admin.createTopics(topics.map { NewTopic($0.name, partitions: $0.partitions) })
        #expect(created.allSatisfy { $0.result == .created })
        let start = {
            try sites.replicator(
                "\(prefix)\\..*", group: prefix, "--schema-mode", "preserve", "--source-registry-url",
                registries[0].url, "--target-registry-url",
                registries[1].url, "--schema-sync-interval", "1h")
        }
        var replicator = try start()
        defer { replicator.kill() }
        let count = topics.reduce(0) { $0 + $1.records }

        let writing = Outcome(
            "writer", ProofWriter(topics, source: sites.source, registry: registries[0].url, kills: Self.killCount)
        ) { try $0.run() }
        let (names, servers) = (topics.map(\.name), sites.target)
        let reading = Outcome("decoder", try DecodingReader(registries[1].url, remembers: true)) {
            try $0.follow(servers, names, until: count, seconds: 1800)
        }
        var longest = 0.0
        let killing = Result {
            for kill in 0..<Self.killCount {
                MonotonicClock.sleep(seconds: Double.random(in: 0...3))
                switch kill % 5 {
                case 0:
                    replicator.kill()
                    replicator = try start()
                case 1:
                    try brokers[1].kill()
                    try brokers[1].start()
                case 2: try registries[0].killAndStart(after: 0.5)
                case 3:
                    try brokers[0].kill()
                    try brokers[0].start()
                default: try registries[1].killAndStart(after: 0.5)
                }
                // It recovers from each before the next.
                let (before, start) = (reading.input.count.withLock { $0 }, MonotonicClock.seconds())
                writing.input.allowMore()
                try until(seconds: 180, "nothing is copied after kill \(kill)\n\(replicator.output.suffix(3000))") {
                    reading.input.count.withLock { $0 } > before ? () : nil
                }
                longest = max(longest, MonotonicClock.seconds() - start)
            }
        }
        if case .failure = killing { writing.input.stop() }
        try killing.get()
        try writing.get()

        let verify = try TestProcess(
            "replicator",
            [
                "verify", "--topic-regex", "\(prefix)\\..*", "--source-bootstrap-servers", sites.source,
                "--target-bootstrap-servers", sites.target, "--wait", "10m",
            ])
        #expect(verify.wait(seconds: 900) == 0, "\(verify.output.suffix(3000))\n\(replicator.output.suffix(3000))")
        print(
            verify.output.split(separator: "\n").last { $0.contains("partitions") } ?? "",
            "copying again at most \(Int(longest)) s after a kill",
            separator: "; ")
        #expect(verify.output.contains(" \(count) records"))
        let decoded = try reading.get()
        for topic in topics {
            for partition in 0..<topic.partitions {
                let seen = decoded[TopicPartition(topic.name, Int32(partition))] ?? []
                #expect(
                    seen == topic.numbers(of: partition), "\(topic.name)[\(partition)]: \(seen.count) records decoded")
            }
        }
        let sums = try [sites.source, sites.target].map { try Self.javaSum($0, prefix) }
        for sum in sums { #expect(sum.wait(seconds: 900) == 0) }
        #expect(sums[0].output.count > 60 && sums[0].output == sums[1].output)
        #expect(replicator.stop() == 0)
    }
}

/// The result of a separate thread.
private final class Outcome<Input: Sendable, Value: Sendable>: Sendable {
    let input: Input
    private let result: Locked<Result<Value, any Error>?>
    private let worker: Locked<JoinableThread?>

    init(_ name: String, _ input: Input, _ body: @escaping @Sendable (Input) throws -> Value) {
        self.input = input
        let result = Locked<Result<Value, any Error>?>(nil)
        (self.result, worker) = (result, Locked(nil))
        worker.withLock { worker in
            worker = JoinableThread(name) {
                let outcome = Result { try body(input) }
                result.withLock { $0 = outcome }
            }
        }
    }

    func get() throws -> Value {
        worker.withLock { $0.take() }?.join()
        return try #require(result.withLock { $0 }).get()
    }
}
