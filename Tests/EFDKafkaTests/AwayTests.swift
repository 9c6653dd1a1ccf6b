import EFDCore
import EFDTestKit
import Testing

@testable import EFDKafka

@Suite struct AwayTests {
    /// The reading thread serves a stop and readiness, too.
    @Test func pollsStayShortWhileNoBrokerAnswers() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("t", partitions: 1)
        let properties = try TestBroker.properties(cluster.bootstrapServers)
        try Reports().producer(properties).send(["a record"], to: "t")
        let consumer = try KafkaConsumer(properties, group: "g")
        try consumer.assign([PartitionOffset(TopicPartition("t", 0), 0)])
        _ = try until(seconds: 20, "never connected") {
            _ = try consumer.poll()
            return consumer.connection.status == .up ? true : nil
        }
        try cluster.setBroker(1, up: false)
        var longest = 0.0
        func poll() throws {
            let start = MonotonicClock.seconds()
            _ = try consumer.poll()
            longest = max(longest, MonotonicClock.seconds() - start)
        }
        _ = try until(seconds: 20, "an outage is not noticed") {
            try poll()
            if case .down = consumer.connection.status { return true } else { return nil }
        }
        let end = MonotonicClock.seconds() + 5
        while MonotonicClock.seconds() < end { try poll() }
        #expect(longest < 1)
        try cluster.setBroker(1, up: true)
        _ = try until(seconds: 20, "a return is not noticed") {
            try poll()
            return consumer.connection.status == .up ? true : nil
        }
        consumer.close()
    }
}

@Suite struct ForeignServerTests {
    @Test(arguments: [
        ("Receive failed: Invalid response size 1213486160 (0..100000000): increase receive.message.max.bytes", "HTTP"),
        ("Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes", "TLS"),
        ("Connect to ipv4#127.0.0.1:1 failed: Connection refused", nil),
    ])
    func anotherProtocolIsNamed(text: String, expected: String?) {
        let shown = ClientObserver.explained(text)
        #expect(expected.map { shown.contains("the server speaks \($0)") } ?? (shown == text))
    }
}
