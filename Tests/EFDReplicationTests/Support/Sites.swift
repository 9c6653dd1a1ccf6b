import EFDCore
import EFDKafka
import EFDTestKit
import Testing

/// Tests of running replicators, one after the other: they share two cores with two clusters.
@Suite(.serialized, .enabled(if: RealBroker.isAvailable)) enum TwoSites {}

/// Two clusters of the test process.
struct Sites {
    let source: String
    let target: String

    private static let brokers = Result { () throws(EFDError) in
        (source: try RealBroker.forProcess(), target: try RealBroker.forProcess())
    }
    static func shared() throws -> Sites {
        let (source, target) = try brokers.get()
        return Sites(source: source.bootstrapServers, target: target.bootstrapServers)
    }

    /// How the shared target keeps the batches of topics' first partitions, as Kafka's own tool reads them from its
    /// logs: `lz4`, `zstd`, …
    static func codecsAtTarget(_ topics: [String]) throws -> [Set<String>] {
        let data = "\(try brokers.get().target.folder)/data"
        let logs = topics.map { "\(data)/\($0)-0/00000000000000000000.log" }
        let parts = try RealBroker.tool("kafka-dump-log", ["--files", logs.joined(separator: ",")]).split(
            separator: "Dumping ")
        return parts.dropFirst(parts.count - topics.count).map { part in
            Set(part.matches(of: /isControl: false .*compresscodec: (\w+)/).map { String($0.output.1) })
        }
    }

    /// An hour ago, in milliseconds since 1970: brokers delete week-old records while a test runs.
    static let recently = Int64(WallClock.seconds() * 1000) - 3_600_000

    func sourceAdmin() throws -> KafkaAdmin { try KafkaAdmin(try TestBroker.properties(source)) }
    func targetAdmin() throws -> KafkaAdmin { try KafkaAdmin(try TestBroker.properties(target)) }

    /// A topic of the test's own at the source, named `PREFIX-…`.
    func makeTopic(_ prefix: String, partitions: Int = 1, configuration: [String: String] = [:]) throws -> String {
        let name = TestBroker.uniqueName(prefix)
        let results = try sourceAdmin().createTopics([
            NewTopic(name, partitions: partitions, configuration: configuration)
        ])
        #expect(results.first?.result == .created)
        return name
    }

    /// A replicator between the two, which commits quickly.
    func replicator(_ regex: String, group: String, _ more: String...) throws -> TestProcess {
        try TestProcess(
            "replicator",
            [
                "--source-bootstrap-servers", source, "--target-bootstrap-servers", target, "--topic-regex", regex,
                "--group-id", group, "--http-listen",
                "127.0.0.1:0", "--commit-interval", "50ms", "--refresh-interval", "500ms", "--log-level", "debug",
                "--schema-mode", "none",
                "--target-kafka-property",
                "session.timeout.ms=6000", "--target-kafka-property", "heartbeat.interval.ms=500",
            ] + more)
    }
}

/// A record as a reader sees it.
struct SeenRecord: Equatable, CustomStringConvertible {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64?
    var isTimestampOfAppend: Bool
    var headers: [String] = []

    init(_ message: KafkaMessage) {
        key = message.key.map { Array($0) }
        value = message.value.map { Array($0) }
        timestamp = message.timestamp
        isTimestampOfAppend = message.isTimestampOfAppend
        for header in message.headers.map(Array.init) ?? [] {
            headers.append("\(header.name)=\(header.value.map { "\(Array($0))" } ?? "null")")
        }
    }

    var description: String {
        "\(timestamp ?? -1) \(key.map { String(decoding: $0, as: UTF8.self) } ?? "null") \(value?.count ?? -1) bytes "
            + "\(headers)"
    }
}

/// What read_committed readers find in a partition.
enum Reader {
    static func records(
        _ servers: String, _ topic: String, _ partition: Int32, until wanted: Int? = nil, seconds: Double = 60
    ) throws -> [SeenRecord] {
        let consumer = try KafkaConsumer(
            try TestBroker.properties(servers, ["isolation.level=read_committed", "enable.partition.eof=true"]),
            group: "reader")
        defer { consumer.close() }
        let end = try until(seconds: seconds, "\(topic) has no leader") {
            try? consumer.watermarks(TopicPartition(topic, partition)).upperBound
        }
        var reached: Int64 = -1
        consumer.onPartitionEnd = { _, offset in reached = offset }
        try consumer.incrementalAssign([PartitionOffset(TopicPartition(topic, partition), PartitionOffset.beginning)])
        let deadline = MonotonicClock.seconds() + seconds
        var silent = MonotonicClock.seconds() + 10
        var records: [SeenRecord] = []
        while reached < end || records.count < wanted ?? 0 {
            guard MonotonicClock.seconds() < deadline else { break }
            let batch = try consumer.poll(maxMessages: 2000, waitMilliseconds: 50)
            for index in 0..<batch.count { records.append(SeenRecord(batch[index])) }
            // librdkafka 2.0.2 may forget a partition that is assigned while its topic is new.
            if records.isEmpty, MonotonicClock.seconds() > silent {
                silent += 10
                try consumer.incrementalUnassign([TopicPartition(topic, partition)])
                try consumer.incrementalAssign([
                    PartitionOffset(TopicPartition(topic, partition), PartitionOffset.beginning)
                ])
            }
        }
        return records
    }

    /// Waits until the copies equal the records of the source, and compares them one by one.
    static func expectEqual(
        _ sites: Sites, _ topic: String, as target: String? = nil, partitions: Int32, _ log: @autoclosure () -> String
    ) throws {
        for partition in 0..<partitions {
            let original = try records(sites.source, topic, partition)
            let copy = try records(sites.target, target ?? topic, partition, until: original.count)
            #expect(copy.count == original.count, "\(topic)[\(partition)]\n\(log())")
            if let index = zip(original, copy).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
                Issue.record(
                    "\(topic)[\(partition)] differs at record \(index): \(original[index]) became \(copy[index])")
            }
        }
    }
}

/// Writes records to the source, in order: one batch at a time, since the first batches of a new topic may pass
/// each other.
final class Writer {
    let producer: KafkaProducer
    let failed = Locked(0)

    init(_ servers: String, _ properties: String...) throws {
        let failed = failed
        producer = try KafkaProducer(
            try TestBroker.properties(servers, ["max.in.flight.requests.per.connection=1"] + properties)
        ) { reports in
            let count = reports.count { $0.error.isError }
            failed.withLock { $0 += count }
        }
    }

    func write(
        _ topic: String, _ partition: Int32 = 0, key: [UInt8]? = nil, value: [UInt8]?, timestamp: Int64 = 0,
        headers: [(String, [UInt8]?)]? = nil
    ) throws {
        let list = KafkaHeaderList()
        for (name, value) in headers ?? [] {
            value.map { value in value.withUnsafeBytes { list.add(name, $0) } } ?? list.add(name, nil)
        }
        let handle = try producer.topic(topic)
        func send(_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) {
            let record = KafkaRecord(
                key: key, value: value, timestamp: timestamp, partition: partition,
                headers: headers == nil ? nil : list.view)
            var outcome = producer.produce(handle, record)
            while outcome == .queueFull {
                MonotonicClock.sleep(seconds: 0.01)
                outcome = producer.produce(handle, record)
            }
            if outcome != .queued { failed.withLock { $0 += 1 } }
        }
        let key = key
        let value = value
        (key ?? []).withUnsafeBytes { keyBytes in
            (value ?? []).withUnsafeBytes { valueBytes in
                send(key == nil ? nil : keyBytes, value == nil ? nil : valueBytes)
            }
        }
    }

    /// Throws if not all is stored: an expectation on a separate thread may belong to no test.
    func finish() throws {
        let isDone = producer.flush(seconds: 300)
        let failed = failed.withLock { $0 }
        guard isDone, failed == 0 else {
            throw EFDError(
                "test.notStored", "\(producer.inFlight) records are not stored after 300 s, \(failed) failed")
        }
    }
}
