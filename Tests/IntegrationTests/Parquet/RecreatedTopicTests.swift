import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    @Suite struct RecreatedTopicTests {
        /// Its records have the offsets of those that are stored. It waits for a person, and nothing else does. `count`
        /// new records replace 50: fewer, so that the next offset is out of range, and more, so that another
        /// record is.
        @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker deletes no topics"), arguments: [20, 80])
        func itWaitsAloneUntilItsFolderIsMoved(count: Int) throws {
            let flow = try ParquetFlow()
            let admin = try KafkaAdmin(flow.broker.properties())
            let (recreated, other) = (
                try ProofTopics("Recreated\(flow.name)a", count: 1), try ProofTopics("Recreated\(flow.name)b", count: 1)
            )
            let id = try recreated.register(flow.registry.client(), broker: flow.broker)
            #expect(try other.register(flow.registry.client(), broker: flow.broker) == id)
            func produce(_ topics: ProofTopics, _ range: Range<Int>) throws {
                try topics.produce(range, schemaID: id, properties: flow.broker.properties())
            }
            try produce(recreated, 0..<50)
            try produce(other, 0..<50)
            let sink = try flow.sink(#"lsst\.sal\.Recreated\#(flow.name).*"#, ["--rotate-age", "1s"])
            try flow.waitUntilStored(100, sink, seconds: 60)

            try admin.deleteTopics([recreated.name(0)])
            _ = try until(seconds: 60, "the topic is still there") {
                sink.output.contains("partitions revoked") ? true : nil
            }
            try flow.broker.createTopic(recreated.name(0), partitions: 1)
            try produce(recreated, 0..<count)
            try produce(other, 50..<90)
            try flow.waitUntilStored(140, sink, seconds: 60)
            _ = try until(seconds: 60, "the partition is not quarantined:\n\(sink.output)") {
                try sink.metrics().sum("efd_partitions_quarantined") == 1 ? true : nil
            }
            #expect(sink.output.contains("sink.topicRecreated") || sink.output.contains("parquet.offsetsRestarted"))
            #expect(try sink.metrics().sum("efd_records_stored_total") == 140)

            try FileManager.default.moveItem(
                atPath: "\(flow.output)/\(recreated.name(0))", toPath: flow.folder.appending(path: "before").path)
            try flow.waitUntilStored(140 + count, sink, seconds: 60)
            #expect(try sink.metrics().sum("efd_partitions_quarantined") == 0)
            try sink.waitUntilReady()
            #expect(sink.stop() == 0, "\(sink.output)")
            let report = try flow.verify(["--rows"])
            #expect(report.contains("2 topics, \(90 + count) rows"), "\(report)")
        }

        /// The record that identifies a topic expires like all others, which is not a loss.
        @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker deletes no records"))
        func aTopicWhoseRecordsHaveExpiredGoesOn() throws {
            let flow = try ParquetFlow()
            let topics = try ProofTopics("Expired\(flow.name)", count: 1)
            let id = try topics.register(flow.registry.client(), broker: flow.broker)
            try topics.produce(0..<50, schemaID: id, properties: flow.broker.properties())
            let pattern = #"lsst\.sal\.Expired\#(flow.name)\..*"#
            let first = try flow.sink(pattern, ["--rotate-age", "1s"])
            try flow.waitUntilStored(50, first, seconds: 60)
            #expect(first.stop() == 0, "\(first.output)")

            try KafkaAdmin(flow.broker.properties()).deleteRecords(before: [
                PartitionOffset(TopicPartition(topics.name(0), 0), 50)
            ])
            let second = try flow.sink(pattern, ["--rotate-age", "1s"])
            try second.waitUntilReady()
            try topics.produce(50..<70, schemaID: id, properties: flow.broker.properties())
            try flow.waitUntilStored(20, second, seconds: 60)
            let metrics = try second.metrics()
            #expect(
                metrics.sum("efd_offset_gap_records_total") == 0
                    && metrics.sum("efd_kafka_skipped_offsets_total") ?? 0 == 0)
            #expect(metrics.sum("efd_partitions_quarantined") == 0)
            #expect(second.stop() == 0, "\(second.output)")
            #expect(try flow.verify().contains("1 topics, 70 rows"))
        }
    }
}
