import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// A replay to the sink that rejected records reaches that sink alone; records that fail again keep their history.
    @Suite(.serialized) struct ReplayToSinkTests {
        private static let count = 20

        private let broker: TestBroker
        private let registry: TestRegistry
        private let topic = TestBroker.uniqueName("lsst.sal.Replay.level")

        init() throws {
            broker = try TestBroker.shared()
            registry = try TestRegistry()
            try broker.createTopic(topic)
        }

        private func sink(_ group: String) throws -> TestProcess {
            try TestProcess(
                "json-sink",
                [
                    "--topic-regex", topic, "--group-id", group, "--dead-letter-topic", "\(group).deadletter",
                    "--unknown-schema-wait", "0s", "--commit-interval", "100ms", "--bootstrap-servers",
                    broker.bootstrapServers, "--registry-url", registry.url, "--http-listen", "127.0.0.1:0",
                    "--log-format", "json", "--kafka-property", "session.timeout.ms=6000", "--kafka-property",
                    "heartbeat.interval.ms=500",
                ])
        }

        private func wait(_ sink: TestProcess, _ metric: String, _ value: Int) throws {
            _ = try until(seconds: 60, "\(metric) is not \(value):\n\(sink.output)") {
                try sink.metrics().sum(metric) == Double(value) ? true : nil
            }
        }

        private func efd(_ command: String, _ group: String, _ more: [String] = []) throws -> (Int32?, String) {
            let process = try TestProcess(
                "efd",
                [
                    "dlq", command, "\(group).deadletter", "--bootstrap-servers", broker.bootstrapServers,
                    "--progress-topic", "\(group).replayed",
                ] + more)
            return (process.wait(seconds: 60), process.output)
        }

        /// Repeated while the sink has not committed its first offset.
        private func replay(_ group: String, expecting words: String) throws {
            let output = try until(seconds: 60, "the replay fails") {
                let (code, output) = try efd("replay", group)
                return code == 0 ? output : nil
            }
            #expect(output.contains(words), "\(output)")
        }

        /// The numbers that a sink has printed.
        private func numbers(_ sink: TestProcess) -> [Int] {
            sink.output.matches(of: /"number":(\d+)/).compactMap { Int($0.1) }
        }

        private func produce() throws {
            let producer = try KafkaProducer(try broker.properties()) { _ in }
            let handle = try producer.topic(topic)
            for number in 0..<Self.count {
                // The first id of the new registry, and a zigzag number.
                let value = ConfluentFrame.header(schemaID: 1) + [UInt8(2 * number)]
                #expect(value.withUnsafeBytes { producer.produce(handle, KafkaRecord(value: $0)) } == .queued)
            }
            #expect(producer.close(flushSeconds: 30) == 0)
        }

        @Test func onlyTheSinkThatFailedTakesItsRecords() throws {
            let (failing, other) = (TestBroker.uniqueName("failing"), TestBroker.uniqueName("other"))
            try produce()
            var sink = try sink(failing)
            try wait(sink, "efd_records_rejected_total", Self.count)

            // Nothing is repaired yet: all fail again, and say so.
            try replay(failing, expecting: "20 letters replayed, 0 replayed before, 0 cannot be replayed")
            try wait(sink, "efd_records_rejected_total", 2 * Self.count)
            let listed = try JSON.parse(try efd("list", failing, ["--output", "json"]).1)["topics"]?.elements?.first
            #expect(listed?["letters"]?.integer == 40 && listed?["replayed"]?.integer == 20)
            #expect(listed?["causes"]?.elements?.first?["cause"]?.string == "sink.schemaUnknown")
            let letters = try Flow.records(
                of: "\(failing).deadletter", on: broker.bootstrapServers, atLeast: 40)
            let again = letters.filter { $0.headers["__efd.replay.count"] == "1" }
            #expect(again.count == Self.count)
            let history = try JSON.parse(try #require(again.first?.headers["__efd.replay.history"]))
            #expect(history["cause"]?.string == "sink.schemaUnknown" && history["group"]?.string == failing)
            #expect(again.first?.headers["__connect.errors.topic"] == topic)
            #expect(again.first?.headers["__efd.errors.group"] == failing)
            let times = Set(letters.map { $0.headers["__efd.errors.timestamp"] ?? "" })
            let sent = Int64(WallClock.seconds() * 1000) - 120_000
            #expect(times.allSatisfy { Int64($0) ?? 0 > sent }, "\(times)")

            let schema = #"{"type":"record","name":"R","fields":[{"name":"number","type":"long"}]}"#
            #expect(try registry.client().register(schema, subject: "\(topic)-value") == 1)
            #expect(sink.stop() == 0)
            sink = try self.sink(failing)
            let neighbour = try self.sink(other)
            try wait(neighbour, "efd_records_for_other_groups_total", Self.count)
            try replay(failing, expecting: "20 letters replayed, 20 replayed before, 0 cannot be replayed")
            try wait(sink, "efd_records_stored_total", Self.count)
            try wait(neighbour, "efd_records_for_other_groups_total", 2 * Self.count)
            try wait(neighbour, "efd_records_stored_total", Self.count)
            #expect(numbers(sink).sorted() == Array(0..<Self.count))
            #expect(numbers(neighbour).sorted() == Array(0..<Self.count))
            #expect(sink.stop() == 0 && neighbour.stop() == 0)
        }
    }
}
