import EFDCore
import EFDTestKit
import Testing

@testable import EFDKafka

/// Members of one group on threads of their own, each with a buffer that it flushes and commits only now and then, as a
/// sink does.
private final class Group: Sendable {
    struct Seen: Sendable {
        /// How often each value was flushed.
        var flushed: [String: Int] = [:]
        var revocations = 0
        /// How many partitions each member has.
        var holdings: [Int: Int] = [:]
        var failures: [String] = []
    }

    let seen = Locked(Seen())
    let properties: KafkaProperties
    let name: String
    let topic: String
    let limits: FetchLimits

    init(_ properties: KafkaProperties, topic: String, limits: FetchLimits) {
        self.properties = properties
        self.topic = topic
        self.limits = limits
        name = TestBroker.uniqueName("group")
    }

    var count: Int { seen.withLock { $0.flushed.count } }

    /// Whether these members, and no others, share the topic's partitions.
    func isShared(by members: Set<Int>) -> Bool {
        seen.withLock { seen in
            let holdings = seen.holdings.filter { $0.value > 0 }
            return Set(holdings.keys) == members && holdings.values.reduce(0, +) == Self.partitions
        }
    }

    static let partitions = 6

    /// Reads until `stop`, then leaves in good order.
    func run(_ member: Int, until stop: StopToken) {
        do throws(EFDError) {
            let consumer = try KafkaConsumer(properties, group: name, limits: limits)
            var buffer: [String] = []
            var ends: [TopicPartition: Int64] = [:]
            func flush() {
                let values = buffer
                buffer = []
                seen.withLock { seen in
                    for value in values { seen.flushed[value, default: 0] += 1 }
                }
                consumer.store(ends.map { PartitionOffset($0.key, $0.value) })
                ends = [:]
            }
            consumer.onAssigned = { [seen] places in
                seen.withLock { $0.holdings[member, default: 0] += places.count }
                return []
            }
            consumer.onRevoked = { [seen, unowned consumer] places, lost in
                flush()
                var failures = lost ? ["partitions were lost"] : []
                do throws(EFDError) { try consumer.commitStoredAndWait() } catch { failures.append("\(error)") }
                seen.withLock { [failures] seen in
                    seen.revocations += 1
                    seen.holdings[member, default: 0] -= places.count
                    seen.failures += failures
                }
            }
            try consumer.subscribe([topic])
            while !stop.isStopped {
                let batch = try consumer.poll(maxMessages: 50, waitMilliseconds: 20)
                for index in 0..<batch.count { buffer.append(CopiedRecord(batch[index]).text) }
                for run in batch.runs { ends[consumer.partition(of: run.source)] = run.lastOffset + 1 }
                if buffer.count >= 777 || (batch.isEmpty && !buffer.isEmpty) { flush() }
            }
            consumer.close()
        } catch {
            seen.withLock { $0.failures.append("\(error)") }
        }
    }
}

/// With a real broker only: the mock waits for members until one second before it drops them, which a busy machine
/// oversleeps.
@Suite(.serialized, .enabled(if: TestBroker.isRealWanted, "needs a real Kafka")) struct RebalanceTests {
    /// Members come and go under load: with a flush and commit before each revocation, every record is flushed exactly
    /// once, with partitions that move between handles meanwhile as well.
    @Test(arguments: [false, true]) func noRecordIsLostOrFlushedTwice(isRestless: Bool) throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("rebalance")
        try broker.createTopic(topic, partitions: Group.partitions)
        let group = Group(try broker.properties(), topic: topic, limits: isRestless ? .restless : FetchLimits())
        let producer = try Reports().producer(try broker.properties())
        let stops = (0..<3).map { _ in StopToken() }
        let deadline = MonotonicClock.seconds() + 300
        var sent = 0
        func feed(until done: () -> Bool) throws {
            while !done(), MonotonicClock.seconds() < deadline {
                try producer.send((sent..<sent + 200).map { "\($0)" }, to: topic)
                sent += 200
                MonotonicClock.sleep(seconds: 0.02)
            }
        }

        /// Feeds until the members share the partitions, and then until they have flushed some more.
        func feed(members: Set<Int>) throws {
            try feed { group.isShared(by: members) }
            let count = group.count
            try feed { group.count > count + 2000 }
        }

        let first = JoinableThread("member 1") { group.run(1, until: stops[0]) }
        try feed(members: [1])
        let second = JoinableThread("member 2") { group.run(2, until: stops[1]) }
        let third = JoinableThread("member 3") { group.run(3, until: stops[2]) }
        try feed(members: [1, 2, 3])
        stops[0].stop()
        first.join()
        try feed(members: [2, 3])
        stops[1].stop()
        second.join()
        let total = sent
        while group.count < total, MonotonicClock.seconds() < deadline { MonotonicClock.sleep(seconds: 0.05) }
        stops[2].stop()
        third.join()

        let seen = group.seen.withLock { $0 }
        #expect(seen.failures == [])
        #expect(seen.revocations >= 3)
        #expect(seen.flushed.count == total)
        #expect(seen.flushed.values.allSatisfy { $0 == 1 })
    }
}
