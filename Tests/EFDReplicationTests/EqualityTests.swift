import EFDCore
import EFDHTTP
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// Copies equal the source, byte for byte.
    @Suite struct EqualityTests {
        /// Records of every kind: with and without key, headers, null values in both, empty ones, tombstones, large
        /// ones, stamps of their own.
        private func fill(_ sites: Sites, _ topic: String, codec: String, partitions: Int32, count: Int) throws {
            let writer = try Writer(
                sites.source, "compression.codec=\(codec)", "linger.ms=20", "message.max.bytes=900000")
            var generator = SeededGenerator(seed: 7)
            for number in 0..<count {
                let size = number % 100 == 99 ? 200_000 : Int.random(in: 0...300, using: &generator)
                let value: [UInt8]? =
                    number % 7 == 3 ? nil : (0..<size).map { _ in UInt8.random(in: 97...122, using: &generator) }
                let key: [UInt8]? = number % 5 == 1 ? nil : number % 5 == 2 ? [] : Array("key-\(number % 11)".utf8)
                let headers: [(String, [UInt8]?)]? =
                    number % 3 == 0
                    ? [("a", Array("one".utf8)), ("null", nil), ("empty", []), ("a", Array("two".utf8))] : nil
                try writer.write(
                    topic, Int32(number) % partitions, key: key, value: value,
                    timestamp: Sites.recently + Int64(number) * 7, headers: headers)
            }
            try writer.finish()
        }

        @Test(arguments: ["lz4", "zstd", "gzip"])
        func copiesEqualTheirSource(_ codec: String) throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("equal.\(codec)", partitions: 3)
            try fill(sites, topic, codec: codec, partitions: 3, count: 1000)
            let replicator = try sites.replicator(topic, group: topic)
            try Reader.expectEqual(sites, topic, partitions: 3, replicator.output)
            #expect(replicator.stop() == 0, "\(replicator.output)")
        }

        /// The codec on the wire and on the target's disk is the one asked for, else that of the source topic's
        /// `compression.type`, else lz4.
        @Test func compressionIsChosen() throws {
            let sites = try Sites.shared()
            let prefix = TestBroker.uniqueName("codec")
            let plain = try sites.makeTopic(prefix)
            let named = try sites.makeTopic(prefix, configuration: ["compression.type": "gzip"])
            for topic in [plain, named] {
                let writer = try Writer(sites.source, "compression.codec=none", "linger.ms=50")
                for _ in 0..<100 { try writer.write(topic, value: [UInt8](repeating: 65, count: 500)) }
                try writer.finish()
            }
            // The target's topics use the producer's codec.
            let wishes: [(option: String, expected: [String])] = [
                ("source", ["lz4", "gzip"]), ("zstd", ["zstd", "zstd"]), ("none", ["none", "none"]),
            ]
            for (option, _) in wishes {
                let replicator = try sites.replicator(
                    "\(prefix).*", group: "\(prefix)-\(option)", "--compression", option, "--rename-format",
                    "\(option).${topic}", "--config-exclude",
                    "compression.type")
                _ = try until(seconds: 60, replicator.output) {
                    try replicator.metrics().sum("efd_records_copied_total") == 200 ? true : nil
                }
                #expect(replicator.stop() == 0)
            }
            let found = try Sites.codecsAtTarget(wishes.flatMap { ["\($0.option).\(plain)", "\($0.option).\(named)"] })
            #expect(found == wishes.flatMap { $0.expected.map { [$0] } })
        }

        /// A source that stamps records itself: copies keep its times, and `verify` calls them equal.
        @Test func timesThatTheBrokerGaveAreKept() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("append", configuration: ["message.timestamp.type": "LogAppendTime"])
            let writer = try Writer(sites.source)
            for number in 0..<50 { try writer.write(topic, value: [UInt8(number)], timestamp: 1_000_000) }
            try writer.finish()
            let replicator = try sites.replicator(topic, group: topic)
            let original = try Reader.records(sites.source, topic, 0)
            let copies = try Reader.records(sites.target, topic, 0, until: 50)
            #expect(original.allSatisfy { $0.isTimestampOfAppend && $0.timestamp ?? 0 > 1_700_000_000_000 })
            #expect(
                copies.map(\.timestamp) == original.map(\.timestamp) && copies.allSatisfy { !$0.isTimestampOfAppend },
                "\(replicator.output)")
            #expect(replicator.stop() == 0)
            let verify = try TestProcess(
                "replicator",
                [
                    "verify", "--topic-regex", topic, "--source-bootstrap-servers", sites.source,
                    "--target-bootstrap-servers", sites.target,
                ])
            #expect(verify.wait(seconds: 60) == 0, "\(verify.output)")
        }

        /// By Kafka's own consumer, in Java.
        @Test func anIndependentReaderSeesTheSame() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("java", partitions: 2)
            try fill(sites, topic, codec: "snappy", partitions: 2, count: 1000)
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            try Reader.expectEqual(sites, topic, partitions: 2, replicator.output)
            let print = ["timestamp", "partition", "headers", "key"].flatMap {
                ["--formatter-property", "print.\($0)=true"]
            }
            let texts = try [sites.source, sites.target].map { servers in
                try RealBroker.tool(
                    "kafka-console-consumer",
                    [
                        "--bootstrap-server", servers, "--topic", topic, "--from-beginning", "--max-messages", "1000",
                        "--isolation-level", "read_committed",
                    ]
                        + ["--formatter-property", "null.literal=NULL"] + print)
            }
            let lines = texts.map { text in
                Dictionary(grouping: text.split(separator: "\n").filter { $0.hasPrefix("CreateTime:") }) {
                    $0.split(separator: "\t").dropFirst().first ?? ""
                }
            }
            #expect(lines[0].values.reduce(0) { $0 + $1.count } == 1000)
            #expect(lines[0] == lines[1])
        }

        /// Aborted records are not copied, and the offsets that they and the markers of transactions take are passed
        /// over.
        @Test func onlyCommittedRecordsOfTheSourceAreCopied() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("transactions")
            let properties = try TestBroker.properties(sites.source)
            for round in 0..<5 {
                let producer = try RelayProducer(properties, transactionalID: "\(topic)-writer")
                try producer.open(seconds: 60)
                let route = producer.route(to: topic, 0)
                for committed in [true, false] {
                    try producer.begin()
                    for number in 0..<20 {
                        try producer.produce(route, key: "\(round)", value: "\(committed) \(number)")
                    }
                    // The second transaction stays open until the next producer of that name aborts it.
                    if committed { try producer.commit(seconds: 60) } else { #expect(producer.flush(seconds: 60)) }
                }
            }
            let last = try RelayProducer(properties, transactionalID: "\(topic)-writer")
            try last.open(seconds: 60)
            let replicator = try sites.replicator(topic, group: topic)
            try Reader.expectEqual(sites, topic, partitions: 1, replicator.output)
            #expect(try Reader.records(sites.target, topic, 0).count == 100)
            #expect(replicator.stop() == 0)
        }

        /// A target without transactions gets each record at least once, which is reported.
        @Test func whatTheTargetCannotIsReported() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("embedded", partitions: 4)
            try fill(sites, topic, codec: "none", partitions: 4, count: 200)
            let embedded = try MockCluster()
            let pair = Sites(source: sites.source, target: embedded.bootstrapServers)
            let replicator = try pair.replicator(topic, group: topic, "--lanes", "4")
            try Reader.expectEqual(pair, topic, partitions: 4, replicator.output)
            #expect(try replicator.metrics().sum("efd_exactly_once") == 0)
            let ready = try HTTPClient().request(.get, try HTTPURL(try replicator.address()).appending("readyz")).text
            #expect(ready.contains("at-least-once"))
            #expect(replicator.output.contains("the target has no transactions"))
            #expect(replicator.stop() == 0)
        }

        /// The source's lag tools see the progress as a consumer group's.
        @Test func theSourceKnowsHowFarCopiesAre() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("committed", partitions: 2)
            try fill(sites, topic, codec: "none", partitions: 2, count: 100)
            let replicator = try sites.replicator(topic, group: topic)
            try Reader.expectEqual(sites, topic, partitions: 2, replicator.output)
            #expect(replicator.stop() == 0)
            let group = try KafkaConsumer(try TestBroker.properties(sites.source), group: topic)
            let places = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
            #expect(try group.committed(places) == places.map { PartitionOffset($0, 50) })
            group.close()
        }
    }
}
