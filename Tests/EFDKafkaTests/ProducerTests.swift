import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite(.serialized) struct ProducerTests {
    /// The bound holds without a broker too, and every record is reported in the end.
    @Test func whatIsInFlightIsBounded() throws {
        let reports = Reports()
        let producer = try reports.producer(
            try TestBroker.properties("127.0.0.1:1", ["queue.buffering.max.messages=500", "delivery.timeout.ms=60000"]))
        let topic = try producer.topic("anything")
        var outcomes: [ProduceOutcome] = []
        for index in 0..<600 { outcomes.append(producer.produce(topic, KafkaRecord(value: nil, opaque: UInt(index)))) }
        #expect(outcomes == Array(repeating: .queued, count: 500) + Array(repeating: .queueFull, count: 100))
        #expect(producer.inFlight == 500)
        #expect(!producer.flush(seconds: 0.05))
        #expect(producer.close(flushSeconds: 0.05) == 500)
        #expect(producer.inFlight == 0)
        #expect(reports.all.withLock { $0.map(\.opaque).sorted() } == (0..<500).map { UInt($0) })
        #expect(reports.errors == Array(repeating: .purgedFromQueue, count: 500))
    }

    /// Neither an answer in flight nor an unavailable broker may reach a released producer.
    @Test(arguments: [true, false], [true, false])
    func aProducerReleasedWithRecordsInFlightReportsThemAll(isReachable: Bool, pollsItself: Bool) throws {
        let cluster = try MockCluster()
        try cluster.createTopic("released", partitions: 1)
        let servers = isReachable ? cluster.bootstrapServers : "127.0.0.1:1"
        let properties = try TestBroker.properties(servers, ["linger.ms=0", "delivery.timeout.ms=60000"])
        let reports = Reports()
        func sendAndRelease() throws {
            let producer = try reports.producer(properties, pollsItself: pollsItself)
            let topic = try producer.topic("released")
            for index in 0..<200 {
                #expect(producer.produce(topic, KafkaRecord(value: nil, opaque: UInt(index))) == .queued)
            }
            // Some answers are in flight when the release starts.
            MonotonicClock.sleep(seconds: Double.random(in: 0...0.02))
        }
        for round in 1...10 {
            try sendAndRelease()
            #expect(reports.count == 200 * round)
        }
        #expect(reports.all.withLock { Set($0.map(\.opaque)) } == Set(0..<200))
    }

    @Test func aTooLargeRecordIsRefusedAtOnce() throws {
        let broker = try TestBroker.shared()
        let name = TestBroker.uniqueName("large")
        try broker.createTopic(name)
        let producer = try Reports().producer(try broker.properties("message.max.bytes=2000"))
        let topic = try producer.topic(name)
        let outcome = [UInt8](repeating: 1, count: 3000).withUnsafeBytes {
            producer.produce(topic, KafkaRecord(value: $0))
        }
        #expect(outcome == .failed(.messageTooLarge))
        #expect(KafkaErrorCode.messageTooLarge.error(attempting: "sending", on: "here").recovery == .reject)
        #expect(producer.inFlight == 0)
        try producer.send(["small"], to: name)
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no limits of topics"))
    func aRecordTooLargeForTheTopicIsReportedAndTheRestGoOn() throws {
        let broker = try TestBroker.shared()
        let name = TestBroker.uniqueName("large")
        try broker.createTopic(name, configuration: ["max.message.bytes": "2000"])
        let reports = Reports()
        let producer = try reports.producer(try broker.properties("compression.codec=none", "linger.ms=0"))
        let topic = try producer.topic(name)
        let large = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        #expect(large.withUnsafeBytes { producer.produce(topic, KafkaRecord(value: $0, opaque: 7)) } == .queued)
        #expect(producer.flush(seconds: 30))
        try producer.send(["small"], to: name)
        #expect(reports.errors == [.messageTooLarge])
        let undelivered = reports.undelivered.withLock { $0 }
        #expect(
            undelivered.map(\.value) == [large] && undelivered.map(\.topic) == [name]
                && undelivered.map(\.opaque) == [7])
        #expect(producer.connection.status == .up)
    }

    @Test func theCallerMayPoll() throws {
        let broker = try TestBroker.shared()
        let name = TestBroker.uniqueName("poll")
        try broker.createTopic(name)
        let reports = Reports()
        let producer = try reports.producer(try broker.properties(), pollsItself: false)
        let topic = try producer.topic(name)
        let records = (0..<3000).map { KafkaRecord(value: nil, opaque: UInt($0)) }
        let sent = records.withUnsafeBufferPointer { producer.produce(topic, $0) }
        #expect(sent.queued == 3000 && sent.outcome == .queued)
        MonotonicClock.sleep(seconds: 0.2)
        #expect(reports.count == 0)
        #expect(producer.flush(seconds: 30))
        #expect(reports.all.withLock { $0.map(\.opaque) } == (0..<3000).map { UInt($0) })
        #expect(reports.all.withLock { $0.map(\.offset) } == (0..<3000).map { Int64($0) })
    }

    /// Java's producer puts these keys in these partitions of 12 (`murmur2`, values of Kafka's own test).
    @Test func keysGoWhereJavaPutsThem() throws {
        let broker = try TestBroker.shared()
        let name = TestBroker.uniqueName("keys")
        try broker.createTopic(name, partitions: 12)
        let hashes: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ]
        let reports = Reports()
        let producer = try reports.producer(try broker.properties())
        let topic = try producer.topic(name)
        for (key, _) in hashes {
            var key = key
            #expect(
                key.withUTF8 { producer.produce(topic, KafkaRecord(key: UnsafeRawBufferPointer($0), value: nil)) }
                    == .queued)
            #expect(producer.flush(seconds: 30))
        }
        #expect(reports.all.withLock { $0.map(\.partition) } == hashes.map { ($0.1 & Int32.max) % 12 })
    }

    /// The first batch of a new topic is refused, to be sent again, while the second is stored already: the broker then
    /// passes the first over, and librdkafka calls it delivered.
    @Test func whatTheBrokerNeverConfirmedIsNotDelivered() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("new", partitions: 1)
        try cluster.setRoundTrip(milliseconds: 200)  // both batches are under way
        let reports = Reports()
        let producer = try reports.producer(
            try TestBroker.properties(cluster.bootstrapServers, ["batch.num.messages=2"]))
        let topic = try producer.topic("new")
        cluster.fail(.produce, code: 6, count: 1)  // NOT_LEADER_FOR_PARTITION
        for index in 0..<8 {
            var text = "\(index)"
            #expect(
                text.withUTF8 { producer.produce(topic, KafkaRecord(value: UnsafeRawBufferPointer($0), partition: 0)) }
                    == .queued)
        }
        #expect(producer.flush(seconds: 30))
        try cluster.setRoundTrip(milliseconds: 0)
        let lost = reports.undelivered.withLock { $0.map { String(decoding: $0.value, as: UTF8.self) } }
        #expect(lost == ["0", "1"] && reports.errors == [.unconfirmed, .unconfirmed] && reports.count == 8)
        try producer.send(lost, to: "new")
        let consumer = try KafkaConsumer(try TestBroker.properties(cluster.bootstrapServers), group: "g")
        try consumer.assign([PartitionOffset(TopicPartition("new", 0), 0)])
        #expect(try consumer.texts(8) == ["2", "3", "4", "5", "6", "7", "0", "1"])
        consumer.close()
    }

    /// Retriable faults, a closed connection and an unavailable broker cause no loss and no duplicate.
    @Test func passingFaultsLoseNothing() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("faults", partitions: 2)
        let reports = Reports()
        let producer = try reports.producer(
            try TestBroker.properties(cluster.bootstrapServers, ["retry.backoff.ms=20"]))
        cluster.fail(.produce, code: 6, count: 3)  // NOT_LEADER_FOR_PARTITION
        try producer.send((0..<100).map { "\($0)" }, to: "faults")
        cluster.fail(.produce, code: -195, count: 2)
        try producer.send((100..<200).map { "\($0)" }, to: "faults")
        try cluster.setBroker(up: false)
        let topic = try producer.topic("faults")
        for text in (200..<300).map({ "\($0)" }) {
            var text = text
            #expect(
                text.withUTF8 { producer.produce(topic, KafkaRecord(value: UnsafeRawBufferPointer($0))) } == .queued)
        }
        let deadline = MonotonicClock.seconds() + 20
        while MonotonicClock.seconds() < deadline {
            if case .down = producer.connection.status { break }
            MonotonicClock.sleep(seconds: 0.02)
        }
        guard case .down(let error) = producer.connection.status else {
            Issue.record("the producer does not notice that its broker is away")
            return
        }
        #expect(error.code == "kafka.brokerUnreachable" && error.message.contains(cluster.bootstrapServers))
        #expect(producer.inFlight == 100)
        try cluster.setBroker(up: true)
        #expect(producer.flush(seconds: 30))
        #expect(producer.connection.status == .up)
        #expect(reports.count == 300 && reports.errors.isEmpty)

        let consumer = try KafkaConsumer(try TestBroker.properties(cluster.bootstrapServers), group: "g")
        try consumer.assign((0..<2).map { PartitionOffset(TopicPartition("faults", $0), 0) })
        #expect(try consumer.texts(300).compactMap { Int($0) }.sorted() == Array(0..<300))
        consumer.close()
    }

    @Test func aRecordThatTimesOutIsKeptForItsOwner() throws {
        let reports = Reports()
        let producer = try reports.producer(
            try TestBroker.properties("127.0.0.1:1", ["delivery.timeout.ms=300", "linger.ms=0"]))
        let topic = try producer.topic("nowhere")
        #expect([1, 2, 3].withUnsafeBytes { producer.produce(topic, KafkaRecord(value: $0, opaque: 5)) } == .queued)
        #expect(producer.flush(seconds: 30))
        #expect(reports.errors == [.messageTimedOut])
        #expect(reports.all.withLock { $0[0].isSurelyAbsent })
        #expect(reports.undelivered.withLock { $0.map(\.opaque) } == [5])
    }

    @Test(arguments: [
        ("ssl.ca.location=/no/such/file", "ssl.ca.location"), ("enable.idempotence=true acks=1", "acks"),
        ("sasl.mechanism=PLAIN security.protocol=sasl_plaintext", "sasl"),
    ])
    func anImpossibleSetOfPropertiesIsRefused(texts: String, mention: String) throws {
        let properties = try KafkaProperties(
            bootstrapServers: "127.0.0.1:1",
            properties: texts.split(separator: " ").map { String($0) }
                + (mention == "ssl.ca.location" ? ["security.protocol=ssl"] : []))
        let error = #expect(throws: EFDError.self) { _ = try KafkaProducer(properties) { _ in } }
        #expect(error?.code == "kafka.clientRefused")
        #expect(error?.message.contains(mention) == true)
    }
}
