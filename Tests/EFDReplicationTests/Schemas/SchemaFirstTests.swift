import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

@testable import EFDReplication

extension TwoSites {
    @Suite struct SchemaFirstTests {
        /// `name` tells versions and topics apart; the value is the record's number.
        private static func schema(_ topic: String, _ version: Int) -> String {
            let name = topic.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
            let fields = (0..<version).map { #",{"name":"extra\#($0)","type":"string","default":"\#(name)"}"# }.joined()
            return
                #"{"type":"record","name":"\#(name)","namespace":"lsst.sal","fields":[{"name":"number","type":"long"}\#(fields)]}"#
        }

        private static func record(_ id: Int32, _ text: String, _ version: Int, _ number: Int) throws -> [UInt8] {
            let value = AvroValue.record([.long(Int64(number))] + (0..<version).map { .string("e\($0)") })
            return ConfluentFrame.header(schemaID: id) + (try AvroEncoder(try AvroSchema.parse(text)).encode(value))
        }

        @Test(.timeLimit(.minutes(5)), arguments: [SchemaMode.preserve, .translate, .mirror])
        func noRecordComesBeforeItsSchemaThoughRegistriesAreKilled(mode: SchemaMode) throws {
            let sites = try Sites.shared()
            let name = TestBroker.uniqueName("first-\(mode.rawValue)")
            let here = try RegistryProcess(sites.source, topic: "_schemas-\(name)")
            let there = try RegistryProcess(sites.target, topic: "_schemas-\(name)")
            defer { for registry in [here, there] { registry.process.kill() } }
            let source = RegistryClient(try RegistryOptions([here.url]))
            if mode == .translate {
                _ = try RegistryClient(try RegistryOptions([there.url])).register("\"long\"", subject: "shifts-the-ids")
            }
            let topics = try (0..<4).map { try sites.makeTopic("\(name)-\($0)") }
            // A mirror reads the copy of the registry's topic, which is a topic like others.
            let replicator = try sites.replicator(
                mode == .mirror ? "(_schemas-)?\(name).*" : "\(name)-.*", group: name, "--schema-mode", mode.rawValue,
                "--source-registry-url", here.url,
                "--target-registry-url", there.url,
                "--schema-sync-interval", "1h")
            defer { replicator.stop() }
            try replicator.waitUntilReady()

            let rounds = 12
            let perRound = 20
            let outcome = Locked<Result<[TopicPartition: [Int64]], any Error>?>(nil)
            let (servers, url) = (sites.target, there.url)
            let reading = JoinableThread("decoder") {
                let result = Result {
                    try DecodingReader(url).follow(
                        servers, topics, until: rounds * perRound * topics.count, seconds: 200)
                }
                outcome.withLock { $0 = result }
            }
            let writer = try Writer(sites.source)
            let writing = Result {
                for round in 0..<rounds {
                    for topic in topics {
                        let text = Self.schema(topic, round)
                        let id = try until(seconds: 60, "the source's registry does not come back") {
                            try? source.register(text, subject: topic + "-value")
                        }
                        for number in 0..<perRound {
                            try writer.write(topic, value: try Self.record(id, text, round, round * perRound + number))
                        }
                    }
                    // Both registries die while the schemas of a round are on their way.
                    if round % 4 == 1 { try here.killAndStart(after: 0.3) }
                    if round % 4 == 3 { try there.killAndStart(after: 0.3) }
                    MonotonicClock.sleep(seconds: 0.1)
                }
                try writer.finish()
            }
            reading.join()
            try writing.get()
            let seen = try #require(outcome.withLock { $0 }).get()
            for topic in topics {
                #expect(
                    seen[TopicPartition(topic, 0)] == (0..<Int64(rounds * perRound)).map { $0 },
                    "\(topic)\n\(replicator.output.suffix(3000))")
            }
            #expect(replicator.stop() == 0, "\(replicator.output.suffix(3000))")

            // `verify` finds them equal, with mapped ids.
            let verify = try TestProcess(
                "replicator",
                [
                    "verify", "--topic-regex", "\(name)-.*", "--schema-mode", mode.rawValue, "--source-registry-url",
                    here.url, "--target-registry-url", there.url,
                    "--source-bootstrap-servers", sites.source, "--target-bootstrap-servers", sites.target, "--wait",
                    "1s",
                ])
            #expect(verify.wait(seconds: 60) == 0, "\(verify.output)")
            guard mode == .translate else { return }
            let unmapped = try TestProcess(
                "replicator",
                [
                    "verify", "--topic-regex", "\(name)-.*", "--source-bootstrap-servers", sites.source,
                    "--target-bootstrap-servers", sites.target, "--wait", "1s",
                ])
            #expect(unmapped.wait(seconds: 60) == 1, "without the map the ids differ")
        }

        /// One topic with an id conflict stalls and reports it; others continue; once repaired, it continues.
        @Test(.timeLimit(.minutes(3))) func aConflictHoldsUpOneTopicOnly() throws {
            let sites = try Sites.shared()
            let name = TestBroker.uniqueName("conflict")
            let here = try RegistryProcess(sites.source, topic: "_schemas-\(name)")
            let there = try RegistryProcess(sites.target, topic: "_schemas-\(name)")
            defer { for registry in [here, there] { registry.process.kill() } }
            let (source, target) = (
                RegistryClient(try RegistryOptions([here.url])), RegistryClient(try RegistryOptions([there.url]))
            )
            let (bad, good) = (try sites.makeTopic("\(name)-bad"), try sites.makeTopic("\(name)-good"))
            _ = try target.register("\"long\"", subject: "in-the-way")
            let badID = try source.register(Self.schema(bad, 0), subject: bad + "-value")
            let goodID = try source.register(Self.schema(good, 0), subject: good + "-value")
            let writer = try Writer(sites.source)
            for number in 0..<10 {
                try writer.write(bad, value: try Self.record(badID, Self.schema(bad, 0), 0, number))
                try writer.write(good, value: try Self.record(goodID, Self.schema(good, 0), 0, number))
            }
            try writer.finish()
            let start = {
                try sites.replicator(
                    "\(name)-.*", group: name, "--schema-mode", "preserve", "--source-registry-url", here.url,
                    "--target-registry-url", there.url)
            }
            let replicator = try start()
            let ready = try replicator.address() + "/readyz"
            let page = try until(seconds: 60, "no conflict is reported\n\(replicator.output)") {
                let page = try HTTPText.get(ready)
                return page.contains("schema id") ? page : nil
            }
            #expect(page.contains("schema id \(badID)") && page.contains("in-the-way") && page.contains(bad), "\(page)")
            #expect(try Reader.records(sites.target, bad, 0).isEmpty)
            // A stalled partition has a lag, though it is not read at the moment.
            _ = try until(seconds: 30, "no lag is reported") {
                try replicator.metrics().sum("efd_replication_lag_records") == 10 ? true : nil
            }
            try target.deleteSubject("in-the-way")
            try target.deleteSubject("in-the-way", permanently: true)
            try Reader.expectEqual(sites, good, partitions: 1, replicator.output)
            // It would retry within a minute; a restart retries immediately.
            #expect(replicator.stop() == 0)
            let next = try start()
            try Reader.expectEqual(sites, bad, partitions: 1, next.output)
            #expect(next.stop() == 0)
        }
    }
}
