import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// What a group has still to read at the source, it has still to read at the target.
    @Suite struct GroupSyncTests {
        /// A topic with everything that makes offsets jump: marks of transactions, aborted records, a beginning that
        /// was deleted.
        private func gaps(_ sites: Sites) throws -> String {
            let topic = try sites.makeTopic("gaps")
            let properties = try TestBroker.properties(sites.source)
            for round in 0..<6 {
                let producer = try RelayProducer(properties, transactionalID: "\(topic)-writer")
                try producer.open(seconds: 60)
                let route = producer.route(to: topic, 0)
                for committed in [true, false] {
                    try producer.begin()
                    for number in 0..<(round == 3 ? 1 : 7) {
                        try producer.produce(route, key: "\(round)", value: "\(committed) \(round) \(number)")
                    }
                    if committed { try producer.commit(seconds: 60) } else { #expect(producer.flush(seconds: 60)) }
                }
            }
            let last = try RelayProducer(properties, transactionalID: "\(topic)-writer")
            try last.open(seconds: 60)
            try sites.sourceAdmin().deleteRecords(before: [PartitionOffset(TopicPartition(topic, 0), 3)])
            return topic
        }

        /// All committed records with their offsets.
        private func records(_ servers: String, _ topic: String) throws -> [(offset: Int64, value: String)] {
            let consumer = try KafkaConsumer(
                try TestBroker.properties(servers, ["enable.partition.eof=true"]), group: "rest")
            defer { consumer.close() }
            var isAtEnd = false
            consumer.onPartitionEnd = { _, _ in isAtEnd = true }
            try consumer.assign([PartitionOffset(TopicPartition(topic, 0), PartitionOffset.beginning)])
            var records: [(offset: Int64, value: String)] = []
            let deadline = MonotonicClock.seconds() + 30
            while !isAtEnd, MonotonicClock.seconds() < deadline {
                let batch = try consumer.poll(maxMessages: 100, waitMilliseconds: 50)
                for index in 0..<batch.count {
                    records.append(
                        (
                            batch[index].offset,
                            String(decoding: batch[index].value ?? .init(start: nil, count: 0), as: UTF8.self)
                        ))
                }
            }
            return records
        }

        @Test(.timeLimit(.minutes(5))) func everyPositionIsCarriedOverExactly() throws {
            let sites = try Sites.shared()
            let topic = try gaps(sites)
            let (source, target) = (try sites.sourceAdmin(), try sites.targetAdmin())
            let end = try source.watermarks(TopicPartition(topic, 0)).upperBound
            // Copied in two steps, so that the target's transaction markers have other offsets than the source's.
            let first = try sites.replicator(topic, group: topic, "--sync-group-offsets")
            try Reader.expectEqual(sites, topic, partitions: 1, first.output)
            #expect(first.stop() == 0)
            let writer = try Writer(sites.source)
            for number in 0..<5 { try writer.write(topic, value: Array("late \(number)".utf8)) }
            try writer.finish()
            let last = end + 5
            let groups = (3...last).map { (name: "\(topic)-at-\($0)", offset: $0) }
            for group in groups {
                try source.setOffsets(ofGroup: group.name, [PartitionOffset(TopicPartition(topic, 0), group.offset)])
            }
            let replicator = try sites.replicator(
                topic, group: topic, "--sync-group-offsets", "--sync-group-offsets-interval", "1s", "--group-regex",
                "\(topic)-at-.*")
            defer { replicator.stop() }
            try Reader.expectEqual(sites, topic, partitions: 1, replicator.output)
            let (all, copies) = (try records(sites.source, topic), try records(sites.target, topic))
            for group in groups {
                let found = try until(
                    seconds: 60, "\(group.name) is not synced\n\(replicator.output.suffix(2000))"
                ) {
                    try target.committedOffsets(ofGroup: group.name).first
                }
                let here = all.filter { $0.offset >= group.offset }.map(\.value)
                let there = copies.filter { $0.offset >= found.offset }.map(\.value)
                #expect(here == there, "offset \(group.offset) became \(found.offset)")
            }

            // Never back, and never under a group that reads.
            let name = groups[20].name
            let forward = try #require(try target.committedOffsets(ofGroup: name).first)
            try source.setOffsets(ofGroup: name, [PartitionOffset(TopicPartition(topic, 0), 3)])
            let reader = try KafkaConsumer(try TestBroker.properties(sites.target), group: groups[0].name)
            try reader.subscribe([topic])
            try until(seconds: 60, "the reader gets nothing") {
                _ = try reader.poll(maxMessages: 10, waitMilliseconds: 50)
                return reader.assignment.isEmpty ? nil : ()
            }
            try source.setOffsets(ofGroup: groups[0].name, [PartitionOffset(TopicPartition(topic, 0), last)])
            let before = try target.committedOffsets(ofGroup: groups[0].name)
            MonotonicClock.sleep(seconds: 3)
            #expect(try target.committedOffsets(ofGroup: name).first == forward)
            #expect(try target.committedOffsets(ofGroup: groups[0].name) == before, "it has a member")
            reader.close()
            let synced = try until(seconds: 60, "the group is not synced once it is idle") {
                try target.committedOffsets(ofGroup: groups[0].name).first { $0 != before.first }
            }
            #expect(copies.allSatisfy { $0.offset < synced.offset })
        }
    }
}
