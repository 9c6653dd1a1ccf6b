import EFDCore
import EFDKafka

/// A broker with the suite's topics: made once and read by every run, in a group of its own.
final class ConformanceBroker: Sendable {
    /// Embedded ones, for all runs that share them: each serves its members on one thread.
    private static let embedded = (0..<3).map { _ in
        Result { () throws(EFDError) in ConformanceBroker(try MockCluster()) }
    }
    /// The one of all tests, where it is real.
    static let real = Result { () throws(EFDError) in
        ConformanceBroker(servers: try TestBroker.shared().bootstrapServers)
    }

    /// Always the same one for a sink.
    static func embedded(of sink: SinkUnderTest) -> Result<ConformanceBroker, EFDError> {
        embedded[sink.name.utf8.reduce(0) { $0 &+ Int($1) } % embedded.count]
    }

    /// nil: a real one.
    let cluster: MockCluster?
    let servers: String
    private let prefix = "lsst.sal.Conform" + String(UInt32.random(in: 0 ... .max), radix: 36)
    private let topics = Locked<[String: Result<TestTopic, any Error>]>([:])

    private init(servers: String) { (cluster, self.servers) = (nil, servers) }
    private init(_ cluster: MockCluster) { (self.cluster, servers) = (cluster, cluster.bootstrapServers) }

    var isReal: Bool { cluster == nil }

    /// One of a run's own where it is embedded: what is done to a run's broker hurts no other.
    func separate() throws -> ConformanceBroker { isReal ? self : ConformanceBroker(try MockCluster()) }

    // MARK: Topics

    /// Good records in two partitions; in the other topic a wider schema comes half-way.
    func plain() throws -> TestTopic { try topic("plain") { try ConformanceRecords.good(partitions: 2) } }
    func turning() throws -> TestTopic { try topic("turning") { try ConformanceRecords.good(partitions: 2, turn: 15) } }
    /// Good records in one partition.
    func single() throws -> TestTopic { try topic("single") { try ConformanceRecords.good(partitions: 1) } }
    func undecodable() throws -> TestTopic { try topic("undecodable") { try ConformanceRecords.undecodable() } }
    func unknownSchema() throws -> TestTopic { try topic("unknown") { try ConformanceRecords.unknownSchema() } }

    func rejected(_ row: RejectedRow) throws -> TestTopic {
        let id = try ConformanceRegistry.shared.get().register(row.schema)
        return try topic("rejected\(id)") { try ConformanceRecords.rejected(row, schema: id) }
    }

    /// Where all runs send what cannot be stored; letters say whose they are.
    func deadLetters() throws -> String { try topic("letters", under: "dead") { [[]] }.name }

    private func topic(_ name: String, under folder: String? = nil, _ records: () throws -> [[TestRecord]]) throws
        -> TestTopic
    {
        try topics.withLock { topics in
            if let known = topics[name] { return try known.get() }
            let made = Result {
                let topic = TestTopic(name: "\(folder ?? prefix).\(name)", partitions: try records())
                try create(topic.name, partitions: topic.partitions.count)
                try produce(topic)
                return topic
            }
            topics[name] = made
            return try made.get()
        }
    }

    func create(_ name: String, partitions: Int) throws {
        if let cluster { return try cluster.createTopic(name, partitions: partitions) }
        // The timestamps of the records are a year old.
        try TestBroker.shared().createTopic(name, partitions: partitions, configuration: ["retention.ms": "-1"])
    }

    /// Sends all records of a topic, at the offsets that they have there.
    func produce(_ topic: TestTopic) throws {
        let failed = Counter()
        let producer = try KafkaProducer(try TestBroker.properties(servers)) { reports in
            for report in reports where report.error.isError { failed.add() }
        }
        let handle = try producer.topic(topic.name)
        for (partition, records) in topic.partitions.enumerated() {
            for (offset, record) in records.enumerated() {
                let timestamp = ConformanceRecords.timestamp(partition, offset)
                let outcome = TestRecord.key.withUnsafeBytes { key in
                    func send(_ value: UnsafeRawBufferPointer?) -> ProduceOutcome {
                        producer.produce(
                            handle,
                            KafkaRecord(key: key, value: value, timestamp: timestamp, partition: Int32(partition)))
                    }
                    return record.value.map { $0.withUnsafeBytes { send($0) } } ?? send(nil)
                }
                if outcome != .queued { failed.add() }
            }
        }
        guard producer.close(flushSeconds: 60) == 0, failed.value == 0 else {
            throw EFDError("testkit.notProduced", "records of \(topic.name) were not delivered")
        }
    }

    // MARK: Groups

    /// Runs what ends a member of the group, and leaves the group's commits as they were.
    func keepingCommits(of group: String, _ topics: [TestTopic], while body: () -> Void) throws {
        if let cluster {
            // Offset metadata too large: a refusal that does not pass, and means nothing else.
            cluster.fail(.offsetCommit, code: 12, count: 1000)
            defer { cluster.clearFailures(of: .offsetCommit) }
            return body()
        }
        let before = try GroupReader(self, group).committed(topics)
        body()
        let offsets = topics.flatMap { topic in
            topic.ends.keys.map { partition in
                let place = TopicPartition(topic.name, partition)
                return PartitionOffset(place, before[place] ?? 0)
            }
        }
        try KafkaAdmin(try TestBroker.properties(servers)).setOffsets(ofGroup: group, offsets)
    }

    /// Dead letters of a group, at least so many if they come in time.
    func deadLetters(of group: String, in topic: String, atLeast count: Int, seconds: Double) throws
        -> [ReceivedLetter]
    {
        let consumer = try KafkaConsumer(try TestBroker.properties(servers), group: "reader-\(group)")
        defer { consumer.close() }
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), PartitionOffset.beginning)])
        var found: [ReceivedLetter] = []
        let deadline = MonotonicClock.seconds() + seconds
        while found.count < count, MonotonicClock.seconds() < deadline {
            let batch = try consumer.poll(maxMessages: 500, waitMilliseconds: 50)
            for index in 0..<batch.count {
                let letter = ReceivedLetter(batch[index])
                if letter.header("connector.name") == group { found.append(letter) }
            }
        }
        return found
    }
}

/// Asks what a group has committed, over one connection. Used by one thread.
final class GroupReader: @unchecked Sendable {
    private let consumer: KafkaConsumer

    init(_ broker: ConformanceBroker, _ group: String) throws {
        consumer = try KafkaConsumer(try TestBroker.properties(broker.servers), group: group)
    }

    deinit { consumer.close() }

    /// Partitions without a commit are omitted.
    func committed(_ topics: [TestTopic]) throws -> [TopicPartition: Int64] {
        let partitions = topics.flatMap { topic in topic.ends.keys.map { TopicPartition(topic.name, $0) } }
        return Dictionary(
            uniqueKeysWithValues: try consumer.committed(partitions, seconds: 30).filter { $0.offset >= 0 }.map {
                ($0.partition, $0.offset)
            })
    }
}

/// A record of the dead-letter topic.
struct ReceivedLetter: Sendable {
    let key: [UInt8]?
    let value: [UInt8]?
    private let headers: [String: String]

    init(_ message: KafkaMessage) {
        key = message.key.map { Array($0) }
        value = message.value.map { Array($0) }
        var headers: [String: String] = [:]
        for header in message.headers.map(Array.init) ?? [] { headers[header.name] = header.text ?? "" }
        self.headers = headers
    }

    func header(_ name: String) -> String? { headers["__connect.errors.\(name)"] }
    var row: StoredRow? {
        guard let topic = header("topic"), let partition = header("partition").flatMap({ Int32($0) }),
            let offset = header("offset").flatMap({ Int64($0) })
        else { return nil }
        return StoredRow(topic, partition, offset)
    }
}
