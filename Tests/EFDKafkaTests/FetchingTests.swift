import EFDCore
import EFDTestKit
import Testing

@testable import EFDKafka

/// Partitions that move between handles while they are read.
@Suite(.serialized) struct FetchingTests {
    /// Sends numbers to the partitions of a topic, to some of them often, in turns.
    private final class Feeder: Sendable {
        let sent = Locked<[Int]>([])
        private let stop = StopToken()
        private let properties: KafkaProperties
        private let topic: String
        private let partitions: Int

        init(_ properties: KafkaProperties, _ topic: String, partitions: Int) {
            (self.properties, self.topic, self.partitions) = (properties, topic, partitions)
            sent.withLock { $0 = Array(repeating: 0, count: partitions) }
        }

        /// Until `body` returns.
        func run(_ body: () throws -> Void) throws {
            let thread = JoinableThread("feeder") { [self] in
                do { try feed() } catch { Issue.record(error) }
            }
            let outcome = Result { try body() }
            stop.stop()
            thread.join()
            try outcome.get()
        }

        private func feed() throws {
            let producer = try Reports().producer(properties)
            let handle = try producer.topic(topic)
            var round = 0
            while !stop.isStopped {
                // Two get many records for a quarter of a second, the others one now and then.
                for step in (round % 50 == 0 ? 0 : 1)..<3 {
                    let partition = step == 0 ? round / 50 % partitions : (round / 100 + step) % partitions
                    let number = sent.withLock { $0[partition] }
                    var text = "\(number)"
                    let outcome = text.withUTF8 {
                        producer.produce(
                            handle,
                            KafkaRecord(value: UnsafeRawBufferPointer($0), partition: Int32(partition)))
                    }
                    if outcome == .queued { sent.withLock { $0[partition] += 1 } }
                }
                round += 1
                MonotonicClock.sleep(seconds: 0.002)
            }
            #expect(producer.flush(seconds: 60))
        }
    }

    /// What a reader has seen: of each partition all numbers from 0 on, in order.
    private struct Account {
        var next: [Int]
        var faults: [String] = []
        var places: Set<[FetchPlace]> = []
        private var last: [FetchPlace?]

        init(partitions: Int) {
            next = Array(repeating: 0, count: partitions)
            last = Array(repeating: nil, count: partitions)
        }

        mutating func take(_ batch: borrowing MessageBatch) {
            for index in 0..<batch.count {
                let partition = Int(batch[index].partition)
                let text = CopiedRecord(batch[index]).text
                if text != "\(next[partition])" {
                    faults.append("\(partition): \(text) instead of \(next[partition])")
                }
                next[partition] = (Int(text) ?? -1) + 1
            }
        }

        /// Records the places of partitions.
        mutating func look(_ consumer: KafkaConsumer) {
            let reader = consumer.reader
            for source in reader.planner.assigned {
                let index = Int(reader.sources.partition(source).partition)
                let place = reader.planner.place(of: source)
                if let place, let before = last[index], before != place { places.insert([before, place]) }
                last[index] = place
            }
        }

        /// There was a move in each direction.
        var sawMoves: Bool { places.contains([.member, .busy]) && places.contains([.busy, .member]) }
    }

    private func everyRecordIsReadOnceAndInOrder(
        _ properties: KafkaProperties, create: (String, Int) throws -> Void,
        meanwhile disturb: (KafkaConsumer, Int) throws -> Void = { _, _ in }
    ) throws {
        let partitions = 8
        let topic = TestBroker.uniqueName("moving")
        try create(topic, partitions)
        let feeder = Feeder(properties, topic, partitions: partitions)
        let consumer = try KafkaConsumer(properties, group: TestBroker.uniqueName("group"), limits: .restless)
        var account = Account(partitions: partitions)
        try consumer.assign((0..<partitions).map { PartitionOffset(TopicPartition(topic, Int32($0)), 0) })
        try feeder.run {
            let end = MonotonicClock.seconds() + 60
            for round in 0..<8 {
                let goal = account.next.reduce(0, +) + 300
                while account.next.reduce(0, +) < goal, MonotonicClock.seconds() < end {
                    account.take(try consumer.poll(maxMessages: 50, waitMilliseconds: 20))
                    account.look(consumer)
                }
                try disturb(consumer, round)
            }
        }
        let sent = feeder.sent.withLock { $0 }
        try consumer.poll(seconds: 60, until: account.next == sent) { account.take($0) }
        #expect(account.next == sent)
        #expect(account.faults == [])
        #expect(account.sawMoves)
        consumer.close()
    }

    @Test func partitionsMoveUnderLoad() throws {
        let broker = try TestBroker.shared()
        try everyRecordIsReadOnceAndInOrder(try broker.properties()) { try broker.createTopic($0, partitions: $1) }
    }

    @Test func pausesAndSeeksHoldWhilePartitionsMove() throws {
        let broker = try TestBroker.shared()
        var topic = ""
        try everyRecordIsReadOnceAndInOrder(try broker.properties()) {
            topic = $0
            try broker.createTopic($0, partitions: $1)
        } meanwhile: { consumer, round in
            let some = (0..<3).map { TopicPartition(topic, Int32(($0 + round) % 8)) }
            try consumer.pause(some)
            for _ in 0..<10 {
                let batch = try consumer.poll(maxMessages: 50, waitMilliseconds: 20)
                // They are read again, as by a sink that could not take them.
                var starts: [TopicPartition: Int64] = [:]
                for run in batch.runs {
                    let place = consumer.partition(of: run.source)
                    #expect(!some.contains(place))
                    starts[place] = min(starts[place] ?? run.firstOffset, run.firstOffset)
                }
                let error = consumer.seek(starts.map { PartitionOffset($0.key, $0.value) })
                #expect(error == nil)
            }
            try consumer.resume(some)
        }
    }

    @Test func theEmbeddedBrokerGoesAndComesBack() throws {
        let cluster = try MockCluster()
        try everyRecordIsReadOnceAndInOrder(try TestBroker.properties(cluster.bootstrapServers)) {
            try cluster.createTopic($0, partitions: $1)
        } meanwhile: { _, round in
            guard round % 3 == 1 else { return }
            try cluster.setBroker(up: false)
            MonotonicClock.sleep(seconds: 0.5)
            try cluster.setBroker(up: true)
        }
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "needs a real Kafka"))
    func aKilledBrokerComesBack() throws {
        let broker = try RealBroker()
        defer { broker.remove() }
        let properties = try TestBroker.properties(broker.bootstrapServers)
        try everyRecordIsReadOnceAndInOrder(properties) { topic, partitions in
            let answer = try KafkaAdmin(properties).createTopics([NewTopic(topic, partitions: partitions)])
            if case .failed(let error) = answer[0].result { throw error }
        } meanwhile: { _, round in
            guard round == 3 else { return }
            try broker.kill()
            try broker.start()
        }
    }

    /// Retention deletes records while the partition is busy and without new records.
    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker cannot delete records"))
    func aGapInAPartitionThatMovedIsReported() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("gap")
        try broker.createTopic(topic)
        let partition = TopicPartition(topic, 0)
        let producer = try Reports().producer(try broker.properties())
        let consumer = try KafkaConsumer(
            try broker.properties(), group: TestBroker.uniqueName("group"), limits: .restless)
        let gaps = Locked<[OffsetGap]>([])
        consumer.onGap = { gap in gaps.withLock { $0.append(gap) } }
        try consumer.assign([PartitionOffset(partition, 0)])
        let place = { consumer.reader.planner.place(of: consumer.reader.sources.number(partition)) }
        var count = 0
        while place() != .busy, count < 200 {
            try producer.send(["\(count)"], to: topic)
            count += try consumer.texts(1).count
        }
        #expect(place() == .busy)
        try consumer.pause([partition])
        try producer.send((0..<10).map { "lost \($0)" }, to: topic)
        try KafkaAdmin(try broker.properties()).deleteRecords(before: [PartitionOffset(partition, Int64(count) + 10)])
        try producer.send(["kept"], to: topic)
        try consumer.resume([partition])
        #expect(try consumer.texts(1) == ["kept"])
        #expect(gaps.withLock { $0.map(\.expected) } == [Int64(count)])
        #expect(gaps.withLock { $0.map(\.skipped) } == [10])
        consumer.close()
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker cannot delete topics"))
    func aTopicThatWasDeletedAndCreatedAgainIsReadFromItsBeginning() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("again")
        let admin = try KafkaAdmin(try broker.properties())
        try broker.createTopic(topic)
        let consumer = try KafkaConsumer(
            try broker.properties(), group: TestBroker.uniqueName("group"), limits: .restless)
        try consumer.subscribe([topic])
        var producer = try Reports().producer(try broker.properties())
        for text in (0..<20).map({ "old \($0)" }) {
            try producer.send([text], to: topic)
            #expect(try consumer.texts(1) == [text])
        }
        #expect(producer.close(flushSeconds: 10) == 0)
        try admin.deleteTopics([topic])
        _ = try consumer.poll(seconds: 10, until: consumer.assignment.isEmpty) { _ in }
        try broker.createTopic(topic)
        producer = try Reports().producer(try broker.properties())
        try producer.send(["new 0", "new 1"], to: topic)
        #expect(try consumer.texts(2, seconds: 60) == ["new 0", "new 1"])
        consumer.close()
    }

    /// The group commits records read by other handles, and a member resumes there.
    @Test func offsetsOfPartitionsReadElsewhereAreCommitted() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("commit")
        let group = TestBroker.uniqueName("group")
        try broker.createTopic(topic)
        try Reports().producer(try broker.properties()).send((0..<100).map { "\($0)" }, to: topic)
        for round in 0..<3 {
            let consumer = try KafkaConsumer(try broker.properties(), group: group, limits: .restless)
            try consumer.subscribe([topic])
            var taken: [String] = []
            try consumer.poll(maxMessages: 10, until: taken.count >= 10) { batch in
                for index in 0..<batch.count where taken.count < 10 { taken.append(CopiedRecord(batch[index]).text) }
            }
            #expect(taken == (round * 10..<round * 10 + 10).map { "\($0)" })
            consumer.store([PartitionOffset(TopicPartition(topic, 0), Int64(round * 10 + 10))])
            consumer.close()
        }
    }
}
