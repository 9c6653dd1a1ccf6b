import EFDCore
import EFDKafka
import EFDTestKit
import Testing

extension TwoSites {
    /// A target as sites have it: three brokers, of which two must have a record, and less than what comes allowed by a
    /// quota.
    @Suite(.enabled(if: RealBroker.isAvailable && TestBroker.isRealWanted)) struct ClusterTests {
        private static let properties = [
            "default.replication.factor=3", "min.insync.replicas=2", "offsets.topic.replication.factor=3",
            "transaction.state.log.replication.factor=3",
            "transaction.state.log.min.isr=2",
        ]
        private static let partitions = 6
        /// Bytes per second that each broker accepts from a producer.
        private static let quota = 100_000

        /// Brokers die and come back, so that all partitions change their leaders and are without a replica for a
        /// while.
        @Test(.timeLimit(.minutes(5))) func copiesAreEqualAsLeadersMove() throws {
            let first = try RealBroker(properties: Self.properties)
            defer { first.remove() }
            let others = try [2, 3].map { try RealBroker(properties: Self.properties, joining: first, node: $0) }
            defer { for broker in others { broker.remove() } }
            let clients = [
                "--bootstrap-server", first.bootstrapServers, "--entity-type", "clients", "--entity-default",
            ]
            _ = try RealBroker.tool(
                "kafka-configs", clients + ["--alter", "--add-config", "producer_byte_rate=\(Self.quota)"])
            #expect(try RealBroker.tool("kafka-configs", clients + ["--describe"]).contains("producer_byte_rate"))
            let sites = Sites(source: try Sites.shared().source, target: first.bootstrapServers)
            let topic = try sites.makeTopic("cluster", partitions: Self.partitions)
            let admin = try sites.targetAdmin()
            let (isOver, failure) = (StopToken(), Locked<String?>(nil))
            // What does not compress, until the last broker is back.
            let feeding = ThreadGroup()
            feeding.add(
                JoinableThread("feed") {
                    var random = SeededGenerator(seed: 3)
                    do {
                        let writer = try Writer(sites.source)
                        repeat {
                            for number in 0..<200 {
                                let value = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
                                try writer.write(topic, Int32(number % Self.partitions), value: value)
                            }
                        } while !isOver.wait(seconds: 0.33)
                        try writer.finish()
                    } catch { failure.withLock { $0 = "\(error)" } }
                })
            defer {
                isOver.stop()
                feeding.join()
            }
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            func inSync() throws -> [Int]? { try admin.describe(topic: topic)?.partitions.map(\.inSyncReplicas.count) }
            for broker in others {
                _ = try until(seconds: 90, "not all replicas are in sync\n\(replicator.output)") {
                    try inSync().map { $0.allSatisfy { $0 == 3 } } == true ? true : nil
                }
                try broker.kill()
                _ = try until(seconds: 60, "no replica is missing") {
                    try inSync().map { $0.contains(2) } == true ? true : nil
                }
                try broker.start()
            }
            isOver.stop()
            feeding.join()
            #expect(failure.withLock { $0 } == nil)
            #expect(
                try replicator.metrics().values("efd_kafka_throttles_total", by: "client")["relay"] ?? 0 > 0,
                "no quota was in force")
            try Reader.expectEqual(sites, topic, partitions: Int32(Self.partitions), replicator.output)
        }
    }
}
