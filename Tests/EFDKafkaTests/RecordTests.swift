import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite(.serialized) struct RecordTests {
    /// Everything that a record can hold, as it went in.
    @Test func comesBackByteForByte() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("record")
        try broker.createTopic(topic)
        let records = [
            CopiedRecord(
                key: [1, 0, 255], value: [0, 1, 2, 0], timestamp: 1_700_000_000_123,
                headers: ["a": [1, 2], "empty": [], "null": nil]),
            CopiedRecord(key: nil, value: [9], timestamp: 1_700_000_000_124),
            CopiedRecord(key: [], value: [], timestamp: 1),
            CopiedRecord(key: [7], value: nil, timestamp: 1_700_000_000_125),
            CopiedRecord(key: nil, value: nil, timestamp: 1_700_000_000_126, headers: ["grüße, \"x\"=": [0xff, 0xfe]]),
            CopiedRecord(
                key: Array(repeating: 3, count: 5000), value: (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) },
                timestamp: 5),
        ]
        let reports = Reports()
        let producer = try reports.producer(try broker.properties())
        let handle = try producer.topic(topic)
        for (index, record) in records.enumerated() { #expect(send(record, index, producer, handle) == .queued) }
        #expect(producer.flush(seconds: 30))
        #expect(producer.inFlight == 0)
        #expect(reports.all.withLock { $0.map(\.opaque) } == records.indices.map { UInt($0) + 100 })
        #expect(reports.all.withLock { $0.map(\.offset) } == records.indices.map { Int64($0) })
        #expect(reports.errors.isEmpty)

        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), PartitionOffset.beginning)])
        var got: [CopiedRecord] = []
        try consumer.poll(until: got.count >= records.count) { batch in
            for index in 0..<batch.count {
                #expect(batch[index].offset == Int64(got.count))
                #expect(batch[index].topic == topic)
                got.append(CopiedRecord(batch[index]))
            }
        }
        #expect(got == records)
        consumer.close()
    }

    private func send(_ record: CopiedRecord, _ index: Int, _ producer: KafkaProducer, _ topic: KafkaTopicHandle)
        -> ProduceOutcome
    {
        let headers = KafkaHeaderList()
        for (name, value) in record.headers.sorted(by: { $0.key < $1.key }) {
            if let value { value.withUnsafeBytes { headers.add(name, $0) } } else { headers.add(name, nil) }
        }
        var outcome = ProduceOutcome.queueFull
        (record.key ?? []).withUnsafeBytes { key in
            (record.value ?? []).withUnsafeBytes { value in
                outcome = producer.produce(
                    topic,
                    KafkaRecord(
                        key: record.key == nil ? nil : key, value: record.value == nil ? nil : value,
                        timestamp: record.timestamp ?? 0, partition: 0,
                        headers: record.headers.isEmpty ? nil : headers.view, opaque: UInt(index) + 100))
            }
        }
        return outcome
    }

    /// Batches may outlive their consumer, and may move to another thread.
    @Test func aBatchOutlivesItsConsumer() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("outlive")
        try broker.createTopic(topic)
        try Reports().producer(try broker.properties()).send((0..<100).map { "value \($0)" }, to: topic)
        let queue = BoundedQueue<MessageBatch>(capacity: 64)
        try fill(queue, from: topic, broker, count: 100)
        let seen = Locked(0)
        let worker = JoinableThread("reader") {
            while let batch = queue.pop() {
                for index in 0..<batch.count {
                    let number = seen.withLock { seen in
                        seen += 1
                        return seen - 1
                    }
                    #expect(batch[index].value.map { String(decoding: $0, as: UTF8.self) } == "value \(number)")
                }
            }
        }
        worker.join()
        #expect(seen.withLock { $0 } == 100)
    }

    private func fill(_ queue: BoundedQueue<MessageBatch>, from topic: String, _ broker: TestBroker, count: Int) throws
    {
        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), 0)])
        let deadline = MonotonicClock.seconds() + 30
        var got = 0
        while got < count, MonotonicClock.seconds() < deadline {
            let batch = try consumer.poll(maxMessages: 7, waitMilliseconds: 50)
            got += batch.count
            queue.push(batch)
        }
        queue.close()
        consumer.close()
    }

    /// Runs cover a batch without holes, and number partitions the same way each time.
    @Test func runsTellPartitionsApart() throws {
        let broker = try TestBroker.shared()
        let topics = [TestBroker.uniqueName("runs-a"), TestBroker.uniqueName("runs-b")]
        let producer = try Reports().producer(try broker.properties())
        for topic in topics {
            try broker.createTopic(topic, partitions: 3)
            for partition in 0..<3 {
                try producer.send(
                    (0..<50).map { "\(topic) \(partition) \($0)" }, to: topic, partition: Int32(partition))
            }
        }
        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        try consumer.assign(topics.flatMap { topic in (0..<3).map { PartitionOffset(TopicPartition(topic, $0), 0) } })
        var next: [Int: Int64] = [:]
        var seen = 0
        try consumer.poll(maxMessages: 17, until: seen == 300) { batch in
            var index = 0
            for run in batch.runs {
                #expect(run.messages.lowerBound == index)
                let partition = consumer.partition(of: run.source)
                #expect(partition.topic == consumer.topicName(run.topic) && partition.partition == run.partition)
                for message in run.messages {
                    let offset = next[run.source, default: 0]
                    #expect(
                        batch[message].value.map { String(decoding: $0, as: UTF8.self) }
                            == "\(partition.topic) \(run.partition) \(offset)")
                    #expect(batch[message].offset == offset)
                    next[run.source] = offset + 1
                }
                #expect(
                    run.firstOffset == batch[run.messages.lowerBound].offset
                        && run.lastOffset == batch[run.messages.upperBound - 1].offset)
                index = run.messages.upperBound
            }
            #expect(index == batch.count)
            seen += batch.count
        }
        #expect(seen == 300)
        #expect(next.count == 6 && next.keys.max() == 5)
        consumer.close()
    }
}
