import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// What one partition cannot copy is named, and the others of its lane are copied.
    @Suite struct StallTests {
        private func noise(_ count: Int) -> [UInt8] {
            var random = SeededGenerator(seed: 11)
            return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }

        /// A topic with an oversize record after `small` others, and one with a partition on each of four lanes.
        private func makeTopics(_ sites: Sites, small: Int, oversize: Int) throws -> (bad: String, good: String) {
            let name = TestBroker.uniqueName("stall")
            let (bad, good) = (try sites.makeTopic("\(name)-bad"), try sites.makeTopic("\(name)-good", partitions: 4))
            let writer = try Writer(sites.source)
            for number in 0..<small { try writer.write(bad, value: noise(50 + number % 2)) }
            try writer.write(bad, value: noise(oversize))
            for number in 0..<2000 {
                try writer.write(bad, value: noise(60))
                try writer.write(good, Int32(number) % 4, value: Array("\(number)".utf8))
            }
            try writer.finish()
            return (bad, good)
        }

        private func expectStall(_ replicator: TestProcess, _ bad: String, because text: String) throws {
            let ready = try replicator.address() + "/readyz"
            let page = try until(seconds: 60, "no stall is reported\n\(replicator.output.suffix(3000))") {
                let page = try HTTPText.get(ready)
                return page.contains(text) ? page : nil
            }
            #expect(page.contains("\(bad)[0]"), "\(page)")
            #expect(try replicator.metrics().sum("efd_partitions_stalled") == 1)
        }

        @Test(.timeLimit(.minutes(5))) func aRecordLargerThanTheQueueStallsItsPartition() throws {
            let sites = try Sites.shared()
            let (bad, good) = try makeTopics(sites, small: 3, oversize: 600_000)
            let replicator = try sites.replicator(
                "\(bad)|\(good)", group: bad, "--lanes", "4", "--queue-bytes", "1MiB")
            defer { replicator.stop() }
            try expectStall(replicator, bad, because: "more than a lane's queue")
            try Reader.expectEqual(sites, good, partitions: 4, replicator.output)
            #expect(try Reader.records(sites.target, bad, 0, until: 3).count == 3)
        }

        @Test(.timeLimit(.minutes(5))) func aRecordThatTheTargetRefusesStallsItsPartition() throws {
            let sites = try Sites.shared()
            let (bad, good) = try makeTopics(sites, small: 500, oversize: 300_000)
            _ = try sites.targetAdmin().createTopics([NewTopic(bad, configuration: ["max.message.bytes": "200000"])])
            let replicator = try sites.replicator(
                "\(bad)|\(good)", group: bad, "--lanes", "4", "--sync-topic-configs=false")
            defer { replicator.stop() }
            try expectStall(replicator, bad, because: "MSG_SIZE_TOO_LARGE")
            try Reader.expectEqual(sites, good, partitions: 4, replicator.output)
        }
    }
}
