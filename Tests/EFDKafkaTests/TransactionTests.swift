import EFDCore
import EFDKafka
import EFDTestKit
import Testing

/// How errors of transactions are distinguished, by faults of the embedded broker.
@Suite struct TransactionErrorTests {
    private let cluster: MockCluster
    private let properties: KafkaProperties
    private let producer: TransactionalProducer
    private let topic: KafkaTopicHandle

    init() throws {
        cluster = try MockCluster()
        try cluster.createTopic("out", partitions: 1)
        properties = try TestBroker.properties(cluster.bootstrapServers, ["retry.backoff.ms=20"])
        producer = try TransactionalProducer(properties, transactionalID: "work")
        topic = try producer.topic("out")
    }

    private func failure(_ body: () throws -> Void) -> TransactionError? {
        do { try body() } catch { return error as? TransactionError }
        return nil
    }

    private func send() throws {
        try producer.begin()
        try producer.send(["a"], topic)
    }

    @Test func whatPassesIsRepeatedUntilItPasses() throws {
        try producer.open(seconds: 30)
        cluster.fail(.addPartitionsToTransaction, code: 51, count: 2)  // CONCURRENT_TRANSACTIONS
        cluster.fail(.addOffsetsToTransaction, code: 14, count: 2)  // COORDINATOR_LOAD_IN_PROGRESS
        cluster.fail(.endTransaction, code: 51, count: 2)
        try send()
        let consumer = try KafkaConsumer(properties, group: "g")
        let group = try #require(consumer.groupMetadata)
        try producer.sendOffsets([PartitionOffset(TopicPartition("in", 0), 7)], group, seconds: 30)
        try producer.commit(seconds: 30)
        try send()
        try producer.abort(seconds: 30)
        try send()
        try producer.commit(seconds: 30)
    }

    @Test func aBrokerThatIsAwayIsRetriableAndTheSameCallGoesOn() throws {
        try cluster.setBroker(up: false)
        guard case .retriable(let error)? = failure({ try producer.open(seconds: 0.5) }) else {
            Issue.record("opening without a broker is not retriable")
            return
        }
        #expect(error.isRetriable)
        try cluster.setBroker(up: true)
        try producer.open(seconds: 30)
        try send()
        try producer.commit(seconds: 30)
    }

    /// The broker's refusals of records and offsets end the transaction, not the producer.
    @Test(arguments: [
        (MockCluster.Request.addPartitionsToTransaction, 29 as Int32),  // TOPIC_AUTHORIZATION_FAILED
        (.transactionOffsetCommit, 22),  // ILLEGAL_GENERATION
        (.transactionOffsetCommit, 25),  // UNKNOWN_MEMBER_ID
    ]) func aRefusalIsAbortable(_ request: MockCluster.Request, _ code: Int32) throws {
        try producer.open(seconds: 30)
        cluster.fail(request, code: code, count: 1)
        try producer.begin()
        let error = failure {
            try producer.send(["a"], topic)
            let consumer = try KafkaConsumer(properties, group: "g")
            let group = try #require(consumer.groupMetadata)
            try producer.sendOffsets([PartitionOffset(TopicPartition("in", 0), 7)], group, seconds: 30)
            try producer.commit(seconds: 30)
        }
        guard case .abortable? = error else {
            Issue.record("\(request) \(code): \(String(describing: error))")
            return
        }
        try producer.abort(seconds: 30)
        try send()
        try producer.commit(seconds: 30)
    }

    @Test func aRecordThatCanNeverBeSentIsAbortable() throws {
        var small = properties
        try small.set("message.max.bytes", "1000")
        let producer = try TransactionalProducer(small, transactionalID: "small")
        try producer.open(seconds: 30)
        try producer.begin()
        let topic = try producer.topic("out")
        let error = failure { try producer.send([String(repeating: "x", count: 5000)], topic) }
        guard case .abortable(let words)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.code == "kafka.messageTooLarge")
        try producer.abort(seconds: 30)
    }

    @Test(arguments: [90 as Int32, 47]) func aNewerProducerFences(_ code: Int32) throws {
        try producer.open(seconds: 30)
        try send()
        cluster.fail(.endTransaction, code: code, count: 1)  // PRODUCER_FENCED, INVALID_PRODUCER_EPOCH
        guard case .fenced? = failure({ try producer.commit(seconds: 30) }) else {
            Issue.record("\(code) is not fenced")
            return
        }
        guard case .fenced? = failure({ try producer.begin() }) else {
            Issue.record("a fenced producer may begin")
            return
        }
    }

    @Test func aRefusedIDIsFatal() throws {
        cluster.fail(.initProducerID, code: 53, count: 1)  // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        guard case .fatal(let error)? = failure({ try producer.open(seconds: 30) }) else {
            Issue.record("a refused id is not fatal")
            return
        }
        #expect(error.code == "kafka.notAuthorized")
    }
}

/// Read, process, write against real Kafka: each record once in the output, with any fault in between.
@Suite(
    .serialized,
    .enabled(if: TestBroker.isRealWanted, "the embedded broker accepts transactions, and they mean nothing"))
struct TransactionTests {
    private let properties: KafkaProperties

    init() throws { properties = try TestBroker.shared().properties() }

    private func makeTopic(_ prefix: String, partitions: Int) throws -> String {
        let name = TestBroker.uniqueName(prefix)
        try KafkaAdmin(properties).ensureTopics([NewTopic(name, partitions: partitions)])
        return name
    }

    /// All committed values, once there are as many as expected: brokers write the marker of a commit a moment after
    /// they have answered it.
    private func committed(_ topic: String, partitions: Int, expecting count: Int) throws -> [String] {
        let starts = (0..<Int32(partitions)).map {
            PartitionOffset(TopicPartition(topic, $0), PartitionOffset.beginning)
        }
        let reader = try TopicReader(properties, group: "reader", from: starts)
        var values: [String] = []
        let deadline = MonotonicClock.seconds() + 30
        repeat {
            try reader.readToEnd(seconds: 60) { message in
                values.append(String(decoding: message.value ?? .init(start: nil, count: 0), as: UTF8.self))
                return true
            }
            try reader.markEnds()
        } while (values.count < count || !reader.isAtEnd) && MonotonicClock.seconds() < deadline
        return values
    }

    @Test func theNewerProducerOfAnIDGoesOnAlone() throws {
        let name = try makeTopic("fence", partitions: 1)
        let older = try TransactionalProducer(properties, transactionalID: name)
        try older.open(seconds: 60)
        try older.begin()
        try older.send(["older"], try older.topic(name))
        let newer = try TransactionalProducer(properties, transactionalID: name)
        try newer.open(seconds: 60)
        try newer.begin()
        try newer.send(["newer"], try newer.topic(name))
        var failure: TransactionError?
        do throws(TransactionError) { try older.commit(seconds: 30) } catch { failure = error }
        guard case .fenced? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        try newer.commit(seconds: 30)
        #expect(try committed(name, partitions: 1, expecting: 1) == ["newer"])
    }

    /// The broker may not know of the transaction yet when it is aborted.
    @Test func aTransactionAbortedRightAfterSendingLeavesTheProducerUsable() throws {
        let name = try makeTopic("abort", partitions: 4)
        let producer = try TransactionalProducer(properties, transactionalID: name)
        try producer.open(seconds: 60)
        let topic = try producer.topic(name)
        for round in 0..<30 {
            try producer.begin()
            try producer.send(["kept \(round)"], topic)
            try producer.commit(seconds: 30)
            try producer.begin()
            try producer.send((0..<20).map { "dropped \($0)" }, topic)
            MonotonicClock.sleep(seconds: Double.random(in: 0...0.003))
            try producer.abort(seconds: 30)
        }
        let found = try committed(name, partitions: 4, expecting: 30)
        #expect(Set(found) == Set((0..<30).map { "kept \($0)" }) && found.count == 30)
    }

    @Test func offsetsOfAMemberThatLeftAreRefusedAndTheNextTransactionWorks() throws {
        let name = try makeTopic("left", partitions: 1)
        let consumer = try KafkaConsumer(properties, group: name)
        try consumer.subscribe([name])
        let deadline = MonotonicClock.seconds() + 30
        while consumer.assignment.isEmpty, MonotonicClock.seconds() < deadline { _ = try consumer.poll() }
        let group = try #require(consumer.groupMetadata)
        consumer.close()
        let producer = try TransactionalProducer(properties, transactionalID: name)
        try producer.open(seconds: 60)
        let topic = try producer.topic(name)
        try producer.begin()
        try producer.send(["dropped"], topic)
        var failure: TransactionError?
        do throws(TransactionError) {
            try producer.sendOffsets([PartitionOffset(TopicPartition(name, 0), 1)], group, seconds: 30)
        } catch {
            failure = error
        }
        guard case .abortable? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        try producer.abort(seconds: 30)
        try producer.begin()
        try producer.send(["kept"], topic)
        try producer.commit(seconds: 30)
        #expect(try committed(name, partitions: 1, expecting: 1) == ["kept"])
        #expect(try KafkaAdmin(properties).committedOffsets(ofGroup: name).isEmpty)
    }

    /// Two workers share a group. Each commits, aborts, or is abandoned with its transaction open, as a killed process
    /// leaves it, and begins again with a new client.
    @Test(.timeLimit(.minutes(5))) func everyRecordIsProcessedOnceThroughAbortsAndDeaths() throws {
        let (input, output) = (try makeTopic("in", partitions: 4), try makeTopic("out", partitions: 3))
        let count = 3000
        let source = try Reports().producer(properties)
        try source.send((0..<count).map { "\($0)" }, to: input)
        let tally = Locked((commits: 0, aborts: 0, deaths: 0, failures: [String]()))
        let stop = StopToken()
        let threads = ThreadGroup()
        for number in 0..<2 {
            threads.add(
                JoinableThread("worker-\(number)") {
                    let worker = Worker(
                        properties: properties, input: input, output: output, id: "\(output)-\(number)",
                        seed: UInt64(number), tally: tally, stop: stop)
                    worker.run()
                })
        }
        let group = "\(output)-group"
        let admin = try KafkaAdmin(properties)
        let deadline = MonotonicClock.seconds() + 200
        var done: Int64 = 0
        while done < count, MonotonicClock.seconds() < deadline {
            MonotonicClock.sleep(seconds: 0.5)
            // Input has no transactions, so offsets count records.
            done = try admin.committedOffsets(ofGroup: group).reduce(0) { $0 + $1.offset }
        }
        stop.stop()
        threads.join()
        let (commits, aborts, deaths, failures) = tally.withLock { $0 }
        #expect(failures.isEmpty, "\(failures.first ?? "")")
        #expect(done == count && commits > 10 && aborts > 3 && deaths > 3, "\(commits) \(aborts) \(deaths)")
        let values = try committed(output, partitions: 3, expecting: count).compactMap { Int($0) }
        #expect(values.sorted() == Array(0..<count))
    }
}

/// A process that copies numbers, reduced to the minimum for a transaction.
private struct Worker {
    let properties: KafkaProperties
    let input: String
    let output: String
    let id: String
    let seed: UInt64
    let tally: Locked<(commits: Int, aborts: Int, deaths: Int, failures: [String])>
    let stop: StopToken

    func run() {
        var random = SeededGenerator(seed: seed)
        while !stop.isStopped {
            do { try live(&random) } catch { tally.withLock { $0.failures.append("\(error)") } }
        }
    }

    /// Until it dies.
    private func live(_ random: inout SeededGenerator) throws {
        let producer = try TransactionalProducer(properties, transactionalID: id)
        try producer.open(seconds: 60)
        let topic = try producer.topic(output)
        let consumer = try KafkaConsumer(properties, group: "\(output)-group")
        defer { consumer.close() }
        try consumer.subscribe([input])
        while !stop.isStopped {
            let batch = try consumer.poll(maxMessages: 40, waitMilliseconds: 100)
            if batch.isEmpty { continue }
            try producer.begin()
            for index in 0..<batch.count {
                try producer.send(
                    [String(decoding: batch[index].value ?? .init(start: nil, count: 0), as: UTF8.self)], topic)
            }
            let fate = Int.random(in: 0..<10, using: &random)
            if fate == 0 {
                if Bool.random(using: &random) { try? sendOffsets(batch, consumer, producer) }
                return tally.withLock { $0.deaths += 1 }
            }
            do throws(TransactionError) {
                try sendOffsets(batch, consumer, producer)
                if fate < 3 { try giveUp(producer, consumer) } else { try producer.commit(seconds: 30) }
                if fate >= 3 { tally.withLock { $0.commits += 1 } }
            } catch {
                guard case .abortable = error else { throw error }
                try giveUp(producer, consumer)
            }
        }
    }

    private func sendOffsets(
        _ batch: borrowing MessageBatch, _ consumer: KafkaConsumer, _ producer: TransactionalProducer
    ) throws(TransactionError) {
        guard let group = consumer.groupMetadata else { return }
        try producer.sendOffsets(batch.ends(consumer), group, seconds: 30)
    }

    private func giveUp(_ producer: TransactionalProducer, _ consumer: KafkaConsumer) throws(TransactionError) {
        try producer.abort(seconds: 30)
        tally.withLock { $0.aborts += 1 }
        do throws(EFDError) {
            let starts = try consumer.committed(consumer.assignment).map { place in
                place.offset < 0 ? PartitionOffset(place.partition, PartitionOffset.beginning) : place
            }
            if let error = starts.isEmpty ? nil : consumer.seek(starts) { throw error }
        } catch {
            tally.withLock { $0.failures.append("\(error)") }
        }
    }
}
