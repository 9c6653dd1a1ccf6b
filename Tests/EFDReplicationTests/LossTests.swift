import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// Losses at the source are reported; nothing is skipped silently.
    @Suite struct LossTests {
        private func write(_ sites: Sites, _ topic: String, _ numbers: Range<Int>) throws {
            let writer = try Writer(sites.source)
            for number in numbers {
                try writer.write(topic, value: Array("\(number)".utf8), timestamp: Sites.recently + Int64(number))
            }
            try writer.finish()
        }

        private func values(_ sites: Sites, _ topic: String, until count: Int) throws -> [Int] {
            try Reader.records(sites.target, topic, 0, until: count).compactMap {
                $0.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            }
        }

        /// Copies the first hundred records, then stops.
        private func copyHundred(_ prefix: String) throws -> (Sites, String) {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic(prefix)
            try write(sites, topic, 0..<100)
            let replicator = try sites.replicator(topic, group: topic)
            #expect(try values(sites, topic, until: 100).count == 100, "\(replicator.output)")
            #expect(replicator.stop() == 0)
            return (sites, topic)
        }

        private func expectLoss(_ replicator: TestProcess, times: Double, records: Double) throws {
            _ = try until(seconds: 30, replicator.output) {
                try replicator.metrics().sum("efd_source_losses_total") == times ? true : nil
            }
            #expect(try replicator.metrics().sum("efd_source_lost_records_total") == records)
            if times > 0 { #expect(replicator.output.contains("the source lost records before they were copied")) }
        }

        @Test func recordsDeletedBeforeTheyWereCopiedAreCounted() throws {
            let (sites, topic) = try copyHundred("overrun")
            try write(sites, topic, 100..<200)
            try sites.sourceAdmin().deleteRecords(before: [PartitionOffset(TopicPartition(topic, 0), 130)])
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            #expect(try values(sites, topic, until: 170) == Array(0..<100) + Array(130..<200))
            try expectLoss(replicator, times: 1, records: 30)
        }

        /// What was copied already may go.
        @Test func recordsDeletedAfterwardsAreNoLoss() throws {
            let (sites, topic) = try copyHundred("retention")
            try write(sites, topic, 100..<150)
            try sites.sourceAdmin().deleteRecords(before: [PartitionOffset(TopicPartition(topic, 0), 100)])
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            #expect(try values(sites, topic, until: 150) == Array(0..<150), "\(replicator.output)")
            try expectLoss(replicator, times: 0, records: 0)
        }

        /// A recreated topic is identified by its records, whether it is shorter or longer than the former one.
        @Test(arguments: [10, 300])
        func aRecreatedTopicIsCopiedFromItsBeginning(_ count: Int) throws {
            let (sites, topic) = try copyHundred("recreated")
            try remake(sites, topic)
            try write(sites, topic, 1000..<1000 + count)
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            #expect(try values(sites, topic, until: 100 + count) == Array(0..<100) + Array(1000..<1000 + count))
            try expectLoss(replicator, times: 1, records: 0)
        }

        @Test func aTopicRecreatedWhileRunningIsReported() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("live")
            try write(sites, topic, 0..<100)
            let replicator = try sites.replicator(topic, group: topic)
            defer { replicator.stop() }
            #expect(try values(sites, topic, until: 100).count == 100, "\(replicator.output)")
            try remake(sites, topic, pause: 3)
            try write(sites, topic, 1000..<1150)
            #expect(try values(sites, topic, until: 250) == Array(0..<100) + Array(1000..<1150))
            try expectLoss(replicator, times: 1, records: 0)
            #expect(replicator.output.contains("a source topic was deleted"))
        }

        @Test func aPartitionStandsStillWhereThatIsWanted() throws {
            let (sites, topic) = try copyHundred("stop")
            try remake(sites, topic)
            try write(sites, topic, 1000..<1200)
            let replicator = try sites.replicator(topic, group: topic, "--on-source-loss", "stop")
            defer { replicator.stop() }
            try expectLoss(replicator, times: 1, records: 0)
            #expect(try values(sites, topic, until: 100).count == 100)
            #expect(try replicator.metrics().sum("efd_partitions_stalled") == 1)
        }

        private func remake(_ sites: Sites, _ topic: String, pause: Double = 0) throws {
            let admin = try sites.sourceAdmin()
            try admin.deleteTopics([topic])
            MonotonicClock.sleep(seconds: pause)
            _ = try until(seconds: 30, "\(topic) could not be recreated") { () -> Bool? in
                guard case .created = try admin.createTopics([NewTopic(topic)]).first?.result else { return nil }
                return true
            }
        }
    }
}
