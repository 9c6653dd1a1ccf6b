import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

/// A dead letter to write.
struct TestLetter {
    var key: [UInt8]? = Array("key".utf8)
    var value: [UInt8]?
    var timestamp: Int64 = 0
    /// In their order; a name may repeat.
    var headers: [(name: String, value: String)] = []

    /// As a sink of the suite writes it.
    static func ofSink(
        _ value: String, from topic: String, _ partition: Int32 = 0, _ offset: Int64 = 0, cause: String,
        group: String? = "efd.test-sink", sourceTimestamp: Int64? = nil
    ) -> TestLetter {
        var headers = [
            (DeadLetterHeaders.topic, topic), (DeadLetterHeaders.partition, "\(partition)"),
            (DeadLetterHeaders.offset, "\(offset)"), (DeadLetterHeaders.connector, group ?? "c"),
            (DeadLetterHeaders.stage, "VALUE_CONVERTER"), (DeadLetterHeaders.cause, cause),
            (DeadLetterHeaders.message, "the reason of \(value)"),
        ]
        if let group { headers.append((DeadLetterHeaders.group, group)) }
        if let sourceTimestamp { headers.append((DeadLetterHeaders.timestamp, "\(sourceTimestamp)")) }
        return TestLetter(value: Array(value.utf8), headers: headers)
    }

    /// As Kafka Connect writes it, with `errors.deadletterqueue.context.headers.enable`.
    static func ofConnect(_ value: String, from topic: String, _ offset: Int64) -> TestLetter {
        TestLetter(
            value: Array(value.utf8), timestamp: 1_764_000_000_000,
            headers: [
                ("__connect.errors.topic", topic), ("__connect.errors.partition", "0"),
                ("__connect.errors.offset", "\(offset)"), ("__connect.errors.connector.name", "orders"),
                ("__connect.errors.task.id", "0"), ("__connect.errors.stage", "VALUE_CONVERTER"),
                ("__connect.errors.class.name", "io.confluent.connect.avro.AvroConverter"),
                ("__connect.errors.exception.class.name", "org.apache.kafka.connect.errors.DataException"),
                ("__connect.errors.exception.message", "Failed to deserialize data for topic \(topic) to Avro:"),
                ("__connect.errors.exception.stacktrace", "org.apache.kafka.connect.errors.DataException: …"),
            ])
    }
}

/// Topics of one test.
struct LetterTopics {
    let broker: TestBroker
    let properties: KafkaProperties
    /// Dead letters.
    let letters: String
    let progress: String

    init() throws {
        broker = try TestBroker.shared()
        properties = try broker.properties()
        letters = TestBroker.uniqueName("test.deadletter")
        progress = TestBroker.uniqueName("test.replayed")
        try broker.createTopic(letters)
    }

    func makeTopic(_ prefix: String, partitions: Int = 1, configuration: [String: String] = [:]) throws -> String {
        let name = TestBroker.uniqueName(prefix)
        try broker.createTopic(name, partitions: partitions, configuration: configuration)
        return name
    }

    func write(_ all: [TestLetter], to topic: String? = nil) throws {
        let failed = Counter()
        let producer = try KafkaProducer(properties) { reports in
            for report in reports where report.error.isError { failed.add() }
        }
        let handle = try producer.topic(topic ?? letters)
        for letter in all {
            let headers = KafkaHeaderList()
            for header in letter.headers { headers.add(header.name, header.value) }
            func produce(_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> ProduceOutcome {
                producer.produce(
                    handle,
                    KafkaRecord(
                        key: key, value: value, timestamp: letter.timestamp, partition: 0, headers: headers.view))
            }
            let outcome = (letter.key ?? []).withUnsafeBytes { key in
                letter.value.map { $0.withUnsafeBytes { produce(letter.key == nil ? nil : key, $0) } }
                    ?? produce(letter.key == nil ? nil : key, nil)
            }
            try #require(outcome == .queued)
        }
        try #require(producer.close(flushSeconds: 60) == 0)
        try #require(failed.value == 0)
    }

    /// The group has read the topic.
    func commit(_ group: String, in topic: String) throws {
        let consumer = try KafkaConsumer(properties, group: group)
        defer { consumer.close() }
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), PartitionOffset.beginning)])
        let deadline = MonotonicClock.seconds() + 20
        while true {
            do throws(EFDError) {
                return try consumer.commit([PartitionOffset(TopicPartition(topic, 0), 0)])
            } catch {
                guard error.isRetriable, MonotonicClock.seconds() < deadline else { throw error }
                MonotonicClock.sleep(seconds: 0.1)
            }
        }
    }

    struct Record: Equatable {
        let topic: String
        let partition: Int32
        let key: [UInt8]?
        let value: [UInt8]?
        let timestamp: Int64?
        let headers: [StoredHeader]

        var text: String { String(decoding: value ?? [], as: UTF8.self) }

        func header(_ name: String) -> String? {
            headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }

        func headers(_ name: String) -> [String] {
            headers.filter { $0.name == name }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
    }

    /// The committed records of a topic, once there are as many as expected.
    func records(of topic: String, expecting count: Int, seconds: Double = 30) throws -> [Record] {
        let partitions = try #require(try KafkaAdmin(properties).describe(topic: topic)?.partitions)
        let starts = partitions.map { PartitionOffset(TopicPartition(topic, $0.id), PartitionOffset.beginning) }
        let reader = try TopicReader(properties, group: "reader", from: starts)
        defer { reader.close() }
        var records: [Record] = []
        let deadline = MonotonicClock.seconds() + seconds
        repeat {
            try reader.readToEnd(seconds: seconds) { message in
                records.append(
                    Record(
                        topic: topic, partition: message.partition, key: message.key.map { Array($0) },
                        value: message.value.map { Array($0) }, timestamp: message.timestamp,
                        headers: message.headers?.map(StoredHeader.init) ?? []))
                return true
            }
            try reader.markEnds()
        } while (records.count < count || !reader.isAtEnd) && MonotonicClock.seconds() < deadline
        return records
    }

    // MARK: Commands

    func context(_ table: SettingsTable, _ arguments: [String]) throws -> ProgramContext {
        let given = arguments + ["--bootstrap-servers", broker.bootstrapServers, "--progress-topic", progress]
        let settings = try Settings.parse(table, arguments: given, environment: [:]) { _ in [] }
        return ProgramContext(settings: settings, scope: Scope(program: "efd"))
    }

    func list(_ arguments: String...) throws -> LetterCounts {
        try ListCommand.count(try context(ListCommand.table, [letters] + arguments))
    }

    func replay(_ arguments: String...) throws -> ReplayReport {
        try ReplayCommand.replay(try context(ReplayCommand.table, [letters] + arguments))
    }
}
