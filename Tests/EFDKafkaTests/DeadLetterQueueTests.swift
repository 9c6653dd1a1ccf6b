import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite struct DeadLetterQueueTests {
    /// A broker that refuses writes for a while is retried, but not for as long as a producer's default timeout: until
    /// then no partition would say what it waits for.
    @Test func lettersAreRefusedAfterThePatience() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("dead", partitions: 1)
        cluster.fail(.produce, code: 19, count: 100_000)  // NOT_ENOUGH_REPLICAS
        let queue = DeadLetterQueue(
            try TestBroker.properties(cluster.bootstrapServers, []), topic: "dead", connector: "c", task: 0,
            hooks: KafkaHooks(), patience: 2, scope: Scope(program: "test"))
        var records = RecordStore()
        "value".withCString { records.append(key: nil, value: UnsafeRawBufferPointer(start: $0, count: 5)) }
        let reason = EFDError("test.reason", "a reason")
        let letter = DeadLetter(
            topic: "t", partition: 0, offset: 7, stage: .decoding, reason: reason, records: records, row: 0)
        let start = MonotonicClock.seconds()
        guard case .refused(let refused) = queue.send([letter]) else {
            Issue.record("it is not refused")
            return
        }
        #expect(refused.keys.sorted() == [0])
        #expect(MonotonicClock.seconds() - start < 60, "far below the producer's 120 s")
        queue.close()
    }

    /// What a replay needs: the sink's group, and the record's own timestamp.
    @Test(arguments: [nil, DeadLetterQueue.Rejecter(group: "g", destination: "d")])
    func lettersNameTheSinkThatRejectsThem(rejecter: DeadLetterQueue.Rejecter?) throws {
        let cluster = try MockCluster()
        try cluster.createTopic("dead", partitions: 1)
        let properties = try TestBroker.properties(cluster.bootstrapServers, [])
        let queue = DeadLetterQueue(
            properties, topic: "dead", connector: "c", task: 3, rejecter: rejecter, hooks: KafkaHooks(), patience: 20,
            scope: Scope(program: "test"))
        var records = RecordStore()
        records.append(key: nil, value: nil)
        let letters = [nil, 1_764_000_000_000 as Int64?].map { timestamp in
            DeadLetter(
                topic: "t", partition: 2, offset: 7, timestamp: timestamp, stage: .writing,
                reason: EFDError("test.reason", "a reason"), records: records, row: 0)
        }
        guard case .sent = queue.send(letters) else {
            Issue.record("it is not sent")
            return
        }
        queue.close()
        let reader = try TopicReader(
            properties, group: "r", from: [PartitionOffset(TopicPartition("dead", 0), PartitionOffset.beginning)])
        defer { reader.close() }
        var found: [[String: String]] = []
        try reader.readToEnd(seconds: 20) { message in
            let headers = message.headers.map { $0.map { ($0.name, $0.text ?? "") } } ?? []
            found.append(Dictionary(headers) { $1 })
            return true
        }
        var expected = [
            "__connect.errors.topic": "t", "__connect.errors.partition": "2", "__connect.errors.offset": "7",
            "__connect.errors.connector.name": "c", "__connect.errors.task.id": "3",
            "__connect.errors.stage": "TASK_PUT", "__connect.errors.class.name": "efd",
            "__connect.errors.exception.class.name": "test.reason",
            "__connect.errors.exception.message": "a reason [test.reason]",
        ]
        if rejecter != nil { expected.merge(["__efd.errors.group": "g", "__efd.errors.destination": "d"]) { $1 } }
        #expect(found == [expected, expected.merging(["__efd.errors.timestamp": "1764000000000"]) { $1 }])
    }
}
