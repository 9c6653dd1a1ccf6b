import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// Topics at the target come, grow and keep their properties by themselves.
    @Suite struct TopicTests {
        private func own(_ admin: KafkaAdmin, _ topic: String) throws -> [String: String] {
            let found = try admin.describeConfigurations(ofTopics: [topic])[topic] ?? []
            return Dictionary(found.filter(\.isOwn).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        }

        @Test func newTopicsAndPartitionsAreTakenUpWhileRunning() throws {
            let sites = try Sites.shared()
            let prefix = TestBroker.uniqueName("grow")
            let replicator = try sites.replicator("\(prefix).*", group: prefix)
            defer { replicator.stop() }
            _ = try replicator.address()
            let topic = try sites.makeTopic(
                prefix, partitions: 2, configuration: ["retention.ms": "86400000", "min.insync.replicas": "1"])
            let writer = try Writer(sites.source)
            for number in 0..<10 { try writer.write(topic, Int32(number) % 2, value: [UInt8(number)]) }
            try writer.finish()
            try Reader.expectEqual(sites, topic, partitions: 2, replicator.output)
            // Properties of the target's own are not copied.
            #expect(try own(try sites.targetAdmin(), topic) == ["retention.ms": "86400000"])

            try sites.sourceAdmin().createPartitions(ofTopic: topic, total: 4)
            let more = try Writer(sites.source)
            for number in 0..<10 { try more.write(topic, Int32(number) % 4, value: [UInt8(number)]) }
            try more.finish()
            try Reader.expectEqual(sites, topic, partitions: 4, replicator.output)
        }

        @Test func propertiesFollowTheSource() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("properties", configuration: ["retention.ms": "3600000"])
            let replicator = try sites.replicator(topic, group: topic, "--sync-topic-configs-interval", "1s")
            defer { replicator.stop() }
            let (source, target) = (try sites.sourceAdmin(), try sites.targetAdmin())
            _ = try until(seconds: 30, replicator.output) { try target.describe(topic: topic) }
            try target.setConfiguration(
                ofTopic: topic,
                ["retention.ms": "3600000", "unclean.leader.election.enable": "true", "segment.ms": "60000"])
            try source.setConfiguration(ofTopic: topic, ["retention.ms": "7200000", "cleanup.policy": "compact"])
            // The target keeps excluded properties, loses those that the source lacks, and gets the source's.
            let wanted = [
                "retention.ms": "7200000", "cleanup.policy": "compact", "unclean.leader.election.enable": "true",
            ]
            _ = try until(seconds: 30, replicator.output) { try own(target, topic) == wanted ? true : nil }
        }

        /// Copies of a topic that the broker stamps keep the original's time, unless the kind of timestamp is to be
        /// copied.
        @Test(arguments: [false, true]) func theKindOfTimestampIsCopiedOnRequest(isCopied: Bool) throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("stamped", configuration: ["message.timestamp.type": "LogAppendTime"])
            let writer = try Writer(sites.source)
            for number in 0..<10 { try writer.write(topic, value: [UInt8(number)]) }
            try writer.finish()
            let excluded = isCopied ? "min.insync.replicas" : "min.insync.replicas,message.timestamp.type"
            let replicator = try sites.replicator(topic, group: topic, "--config-exclude", excluded)
            defer { replicator.stop() }
            let originals = try Reader.records(sites.source, topic, 0)
            _ = try until(seconds: 30, replicator.output) { try sites.targetAdmin().describe(topic: topic) }
            let copies = try Reader.records(sites.target, topic, 0, until: 10)
            #expect(originals.count == 10 && copies.count == 10, "\(replicator.output)")
            #expect(
                try own(try sites.targetAdmin(), topic)
                    == (isCopied ? ["message.timestamp.type": "LogAppendTime"] : [:]))
            for (copy, original) in zip(copies, originals) {
                #expect(original.isTimestampOfAppend && copy.isTimestampOfAppend == isCopied)
                #expect(
                    isCopied ? (copy.timestamp ?? 0) > (original.timestamp ?? 0) : copy.timestamp == original.timestamp)
            }
        }

        @Test func topicsAreLeftToTheirOwnerOnRequest() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("owned")
            let writer = try Writer(sites.source)
            for number in 0..<10 { try writer.write(topic, value: [UInt8(number)]) }
            try writer.finish()
            let replicator = try sites.replicator(topic, group: topic, "--create-topics=false")
            defer { replicator.stop() }
            let ready = try replicator.address() + "/readyz"
            _ = try until(seconds: 60, replicator.output) {
                try HTTPText.get(ready).contains("topic \(topic) is missing at the target") ? true : nil
            }
            #expect(try sites.targetAdmin().describe(topic: topic) == nil)
            _ = try sites.targetAdmin().createTopics([NewTopic(topic)])
            try Reader.expectEqual(sites, topic, partitions: 1, replicator.output)
        }

        @Test func namesAndRetentionCanBeOthers() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("renamed")
            let writer = try Writer(sites.source)
            for number in 0..<10 { try writer.write(topic, value: [UInt8(number)]) }
            try writer.finish()
            let replicator = try sites.replicator(
                topic, group: topic, "--rename-format", "summit.${topic}", "--rename-regex", "renamed-(.*)",
                "--rename-to", "there.$1", "--target-retention",
                "inf")
            defer { replicator.stop() }
            let name = "summit.there.\(topic.dropFirst("renamed-".count))"
            _ = try until(seconds: 30, replicator.output) { try sites.targetAdmin().describe(topic: name) }
            try Reader.expectEqual(sites, topic, as: name, partitions: 1, replicator.output)
            #expect(try own(try sites.targetAdmin(), name) == ["retention.ms": "-1"])
        }

        /// With a limit, four megabytes take their time: at most one poll of the client's goes out before it holds.
        @Test func theBandwidthIsBounded() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("slow")
            let writer = try Writer(sites.source, "linger.ms=20")
            for _ in 0..<4000 { try writer.write(topic, value: [UInt8](repeating: 66, count: 1000)) }
            try writer.finish()
            let start = MonotonicClock.seconds()
            let replicator = try sites.replicator(topic, group: topic, "--bandwidth-limit", "1MB")
            defer { replicator.stop() }
            try Reader.expectEqual(sites, topic, partitions: 1, replicator.output)
            #expect(MonotonicClock.seconds() - start > 1.7)
        }

        /// Two replicators that copy one topic both ways leave each other's copies out.
        @Test func copiesDoNotComeBack() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("loop")
            let back = Sites(source: sites.target, target: sites.source)
            let there = try sites.replicator(topic, group: topic, "--provenance-header")
            defer { there.stop() }
            _ = try until(seconds: 30, there.output) { try sites.targetAdmin().describe(topic: topic) }
            let home = try back.replicator(topic, group: topic, "--provenance-header")
            defer { home.stop() }
            for (servers, text) in [(sites.source, "from source"), (sites.target, "from target")] {
                let writer = try Writer(servers)
                for _ in 0..<20 { try writer.write(topic, value: Array(text.utf8), headers: [("kept", nil)]) }
                try writer.finish()
            }
            for servers in [sites.source, sites.target] {
                let records = try Reader.records(servers, topic, 0, until: 40)
                #expect(records.count == 40)
                #expect(
                    records.count { $0.headers.count == 2 } == 20 && records.allSatisfy { $0.headers[0] == "kept=null" }
                )
            }
            for replicator in [there, home] {
                _ = try until(seconds: 30, replicator.output) {
                    try replicator.metrics().sum("efd_records_looped_total") == 20 ? true : nil
                }
            }
        }
    }
}
