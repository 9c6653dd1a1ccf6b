import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

@testable import EFDReplication

/// Two topics of one cluster stand for the two sites.
@Suite(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no admin requests")) struct VerifyTests {
    struct Record {
        var key: [UInt8]? = [1, 2, 3, 4]
        var value: [UInt8]?
        var headers: [(name: String, value: [UInt8]?)] = [("trace", [1, 2]), ("none", nil)]
        var timestamp: Int64

        init(_ number: Int) {
            value = number % 17 == 0 ? nil : Array("value \(number)".utf8)
            timestamp = 1_700_000_000_000 + Int64(number)
        }
    }

    /// The records are of 2023.
    private static let keep = ["retention.ms": "-1"]

    private static func send(_ records: [Record], to topic: String, partition: Int32 = 0) throws {
        let producer = try KafkaProducer(try TestBroker.shared().properties()) { _ in }
        let handle = try producer.topic(topic)
        for record in records {
            let headers = KafkaHeaderList()
            for header in record.headers {
                if let value = header.value {
                    value.withUnsafeBytes { headers.add(header.name, $0) }
                } else {
                    headers.add(header.name, nil as UnsafeRawBufferPointer?)
                }
            }
            let send = { (key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) in
                producer.produce(
                    handle,
                    KafkaRecord(
                        key: key, value: value, timestamp: record.timestamp, partition: partition, headers: headers.view
                    ))
            }
            let key = record.key ?? []
            let outcome = key.withUnsafeBytes { key in
                guard let value = record.value else { return send(record.key == nil ? nil : key, nil) }
                return value.withUnsafeBytes { send(record.key == nil ? nil : key, $0) }
            }
            #expect(outcome == .queued)
        }
        producer.close(flushSeconds: 30)
    }

    /// A source of 500 records in partition 1, and its copy with `change` applied.
    private static func pair(_ change: (inout [Record]) -> Void = { _ in }) throws -> String {
        let topic = TestBroker.uniqueName("verify")
        let broker = try TestBroker.shared()
        let records = (0..<500).map(Record.init)
        var copies = records
        change(&copies)
        for name in [topic, "copy.\(topic)"] { try broker.createTopic(name, partitions: 2, configuration: keep) }
        try send(records, to: topic, partition: 1)
        try send(copies, to: "copy.\(topic)", partition: 1)
        return topic
    }

    private static func verify(_ topic: String, _ arguments: String...) throws -> (code: Int32, output: String) {
        let servers = try TestBroker.shared().bootstrapServers
        let process = try TestProcess(
            "replicator",
            [
                "verify", "--topic-regex", topic, "--rename-format", "copy.${topic}", "--source-bootstrap-servers",
                servers,
                "--target-bootstrap-servers", servers,
                "--wait", "2s",
            ] + arguments)
        let code = try #require(process.wait(seconds: 60), "verify does not end:\n\(process.output)")
        return (code, process.output)
    }

    @Test func whatIsTheSameIsEqual() throws {
        let topic = try Self.pair()
        let (code, output) = try Self.verify(topic)
        #expect(code == 0, "\(output)")
        #expect(output.contains("1 topics, 2 partitions, 500 records") && output.contains("equal"), "\(output)")
        let lines = try Self.verify(topic, "--by-partition").output.split(separator: "\n").filter {
            $0.hasPrefix(topic)
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix("equal") })
        let sums = lines[1].split(separator: " ")
        #expect(sums[6] == sums[7], "the checksums are the same: \(lines[1])")
    }

    struct Plant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: String
        let change: @Sendable (inout [Record]) -> Void
    }

    @Test(arguments: [
        Plant(testDescription: "missing", expected: "[1]: missing at the target: source offset 123") {
            $0.remove(at: 123)
        },
        Plant(
            testDescription: "last missing",
            expected: "[1]: missing at the target: source offset 499, target offset end"
        ) { $0.removeLast() },
        Plant(testDescription: "extra", expected: "[1]: only at the target: source offset 123, target offset 123") {
            $0.insert(Record(9999), at: 123)
        },
        Plant(testDescription: "byte", expected: "[1]: different value: source offset 123") { $0[123].value![3] ^= 1 },
        Plant(testDescription: "tombstone", expected: "[1]: different value: source offset 123") {
            $0[123].value = nil
        },
        Plant(testDescription: "empty for null", expected: "[1]: different value: source offset 17") {
            $0[17].value = []
        },
        Plant(testDescription: "key", expected: "[1]: different key: source offset 123") { $0[123].key = nil },
        Plant(testDescription: "header value", expected: "[1]: different headers: source offset 123") {
            $0[123].headers[0].value = [1, 3]
        },
        Plant(testDescription: "header null", expected: "[1]: different headers: source offset 123") {
            $0[123].headers[1].value = []
        },
        Plant(testDescription: "header order", expected: "[1]: different headers: source offset 123") {
            $0[123].headers.reverse()
        },
        Plant(testDescription: "timestamp", expected: "[1]: different timestamp: source offset 123") {
            $0[123].timestamp += 1
        },
        Plant(testDescription: "order", expected: "[1]: in another order: source offset 123") { $0.swapAt(123, 124) },
    ])
    func aPlantedDifferenceIsNamed(plant: Plant) throws {
        let (code, output) = try Self.verify(try Self.pair(plant.change))
        #expect(code == 1)
        #expect(output.contains(plant.expected), "\(output)")
        #expect(output.contains("DIFFERENT"))
    }

    /// Offsets differ if the target was used before, and if the brokers deleted different amounts by age.
    @Test func offsetsNeedNotBeTheSame() throws {
        let topic = TestBroker.uniqueName("verify")
        let broker = try TestBroker.shared()
        for name in [topic, "copy.\(topic)"] { try broker.createTopic(name, partitions: 1, configuration: Self.keep) }
        let records = (0..<3000).map(Record.init)
        try Self.send(records, to: topic)
        try Self.send((5000..<5100).map(Record.init), to: "copy.\(topic)")
        try Self.send(records, to: "copy.\(topic)")
        let admin = try KafkaAdmin(try broker.properties())
        try admin.deleteRecords(before: [PartitionOffset(TopicPartition("copy.\(topic)", 0), 100)])
        #expect(try Self.verify(topic).code == 0)
        try admin.deleteRecords(before: [PartitionOffset(TopicPartition("copy.\(topic)", 0), 1100)])
        let (code, output) = try Self.verify(topic, "--by-partition")
        #expect(
            code == 0 && output.contains("1000–3000") && output.contains("1100–3100"),
            "the target goes back less far: \(output)")
        try admin.deleteRecords(before: [PartitionOffset(TopicPartition(topic, 0), 2500)])
        #expect(try Self.verify(topic).output.contains("500 records"), "the source goes back less far")
    }

    @Test func recordsFromATimeOn() throws {
        let topic = try Self.pair { $0[100].timestamp += 1 }
        #expect(try Self.verify(topic).code == 1)
        let (code, output) = try Self.verify(topic, "--since", "2023-11-14T22:13:20.200Z")
        #expect(code == 0 && output.contains("300 records"), "\(output)")
        #expect(try Self.verify(topic, "--since", "yesterday").code == 2)
    }

    @Test func whatIsNotThereIsReported() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("verify")
        #expect(try Self.verify(topic).output.contains("no topic that matches"))
        try broker.createTopic(topic, partitions: 2, configuration: Self.keep)
        try Self.send((0..<5).map(Record.init), to: topic, partition: 1)
        #expect(try Self.verify(topic).output.contains("\(topic)[1]: the target has no such partition"))
        try broker.createTopic("copy.\(topic)", partitions: 1)
        let (code, output) = try Self.verify(topic)
        #expect(code == 1 && output.contains("\(topic)[1]: the target has no such partition"))
    }
}
