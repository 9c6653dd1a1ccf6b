import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// Where partitions begin of which nothing was copied yet.
    @Suite struct StartTests {
        private func write(_ servers: String, _ topic: String, _ numbers: Range<Int>, partition: Int32 = 0) throws {
            let writer = try Writer(servers)
            for number in numbers { try writer.write(topic, partition, value: Array("\(number)".utf8)) }
            try writer.finish()
        }

        private func values(_ sites: Sites, _ topic: String, _ partition: Int32 = 0, until count: Int) throws -> [Int] {
            try Reader.records(sites.target, topic, partition, until: count).compactMap {
                $0.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            }
        }

        /// Another program copied the first thirty records, and committed so with its group at the source: neither a gap nor a
        /// double.
        @Test func itTakesOverWhereAnotherProgramEnded() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("takeover", partitions: 2)
            #expect(try sites.targetAdmin().createTopics([NewTopic(topic, partitions: 2)]).first?.result == .created)
            try write(sites.source, topic, 0..<50)
            try write(sites.source, topic, 500..<510, partition: 1)
            try write(sites.target, topic, 0..<30)
            try sites.sourceAdmin().setOffsets(ofGroup: topic, [PartitionOffset(TopicPartition(topic, 0), 30)])
            for round in 0..<2 {
                let replicator = try sites.replicator(topic, group: topic, "--start", "committed")
                #expect(
                    try values(sites, topic, until: 50 + round * 10) == Array(0..<50 + round * 10),
                    "\(replicator.output)")
                // Nobody copied of the other partition.
                #expect(try values(sites, topic, 1, until: 10) == Array(500..<510))
                let isNew = replicator.output.contains("partitions start at the offsets of the source's group")
                #expect(isNew == (round == 0))
                #expect(replicator.stop() == 0)
                try write(sites.source, topic, 50..<60)
            }
        }

        /// Earlier records are excluded; records that arrive while it is stopped, or under a new name, are not.
        @Test func itBeginsWithTheNextRecordWhereThatIsWanted() throws {
            let sites = try Sites.shared()
            let prefix = TestBroker.uniqueName("latest")
            let topic = try sites.makeTopic(prefix)
            try write(sites.source, topic, 0..<20)
            let start = { try sites.replicator("\(prefix).*", group: prefix, "--start", "latest") }
            let first = try start()
            _ = try until(seconds: 30, first.output) { try sites.targetAdmin().describe(topic: topic) }
            // Every lane writes down that it has begun.
            _ = try until(seconds: 60, "its beginning is not written down\n\(first.output)") { () -> Bool? in
                try first.metrics().sum("efd_transactions_total") ?? 0 >= 8 ? true : nil
            }
            #expect(first.stop() == 0)
            try write(sites.source, topic, 20..<30)
            let late = try sites.makeTopic(prefix)
            try write(sites.source, late, 0..<10)
            let second = try start()
            defer { second.stop() }
            #expect(try values(sites, topic, until: 10) == Array(20..<30), "\(second.output)")
            #expect(try values(sites, late, until: 10) == Array(0..<10), "\(second.output)")
        }
    }
}
