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
}
