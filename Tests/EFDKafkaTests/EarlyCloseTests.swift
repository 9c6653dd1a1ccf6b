import EFDCore
import EFDKafka
import EFDTestKit
import Testing

struct EarlyCloseTests {
    /// A connector that is stopped while it joins its group must not end the process: librdkafka before 2.3 asserts
    /// (issue 4312) when a member ends that is in the group but was never assigned partitions.
    @Test(arguments: [true, false]) func aMemberMayEndWhileItJoins(isClosed: Bool) throws {
        let cluster = try MockCluster()
        try cluster.createTopic("early", partitions: 1)
        let properties = try TestBroker.properties(cluster.bootstrapServers, [])
        let leader = try KafkaConsumer(properties, group: "early")
        defer { leader.close() }
        try leader.subscribe(["early"])
        try leader.poll(until: !leader.assignment.isEmpty) { _ in }
        let consumer = try KafkaConsumer(properties, group: "early")
        try consumer.subscribe(["early"])
        cluster.fail(.syncGroup, code: 27, count: 1000)  // REBALANCE_IN_PROGRESS
        for _ in 0..<100 {
            _ = try leader.poll(waitMilliseconds: 50)
            _ = try consumer.poll(waitMilliseconds: 50)
        }
        #expect(consumer.assignment.isEmpty)
        if isClosed { consumer.close() }
    }
}
