import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite(.serialized, .enabled(if: TestBroker.isRealWanted, "the embedded broker has no admin requests"))
struct AdminTests {
    private func admin() throws -> KafkaAdmin { try KafkaAdmin(try TestBroker.shared().properties()) }

    /// A broker learns of its controller's changes a moment later.
    private func describe(_ name: String, _ admin: KafkaAdmin, until done: (TopicDescription?) -> Bool) throws
        -> TopicDescription?
    {
        let deadline = MonotonicClock.seconds() + 10
        while true {
            let description = try admin.describe(topic: name)
            if done(description) || MonotonicClock.seconds() > deadline { return description }
            MonotonicClock.sleep(seconds: 0.02)
        }
    }

    @Test func createsDescribesAndDeletes() throws {
        let admin = try admin()
        let name = TestBroker.uniqueName("admin")
        let topic = NewTopic(
            name, partitions: 3, replication: 1,
            configuration: ["retention.ms": "3600000", "cleanup.policy": "compact"])
        #expect(try admin.createTopics([topic]).map(\.result) == [.created])
        #expect(try admin.createTopics([topic]).map(\.result) == [.alreadyExists])
        let description = try #require(try describe(name, admin) { $0 != nil })
        #expect(description.name == name)
        #expect(description.partitions.map(\.id).sorted() == [0, 1, 2])
        #expect(description.partitions.allSatisfy { $0.leader == 1 && $0.replicas == [1] && $0.inSyncReplicas == [1] })
        let configuration = try admin.describeConfiguration(ofTopic: name)
        #expect(
            configuration["retention.ms"] == "3600000" && configuration["cleanup.policy"] == "compact"
                && configuration["min.insync.replicas"] == "1")
        #expect(try admin.describeTopics().contains { $0.name == name })
        #expect(try admin.watermarks(TopicPartition(name, 2)) == 0..<0)
        try admin.deleteTopics([name])
        try admin.deleteTopics([name])
        #expect(try describe(name, admin) { $0 == nil } == nil)
    }

    /// One rejected topic does not prevent the creation of others.
    @Test func resultsArePerTopic() throws {
        let admin = try admin()
        let names = (0..<3).map { TestBroker.uniqueName("many\($0)") }
        let results = try admin.createTopics([
            NewTopic(names[0]), NewTopic("not allowed!"), NewTopic(names[1], replication: 7),
            NewTopic(names[2], configuration: ["retention.ms": "soon"]),
        ])
        #expect(results.map(\.name) == [names[0], "not allowed!", names[1], names[2]])
        #expect(results[0].result == .created)
        let codes = results.dropFirst().map { result in
            if case .failed(let error) = result.result { error.code.description } else { "none" }
        }
        #expect(codes == ["kafka.requestFailed", "kafka.replicationImpossible", "kafka.requestFailed"])
        guard case .failed(let error) = results[3].result else { return }
        #expect(error.message.contains("retention.ms") && error.message.contains(names[2]))
    }

    @Test func anUnknownTopicIsNoConfiguration() throws {
        let error = #expect(throws: EFDError.self) {
            _ = try admin().describeConfiguration(ofTopic: TestBroker.uniqueName("none"))
        }
        #expect(error?.code == "kafka.topicMissing")
    }
}

@Suite(.serialized) struct AdminWithoutBrokerTests {
    @Test func saysWhichBrokerDoesNotAnswer() throws {
        let admin = try KafkaAdmin(try TestBroker.properties("127.0.0.1:1"), timeout: 0.5)
        for call in [{ _ = try admin.createTopics([NewTopic("a")]) }, { _ = try admin.describeTopics() }] {
            let error = #expect(throws: EFDError.self) { try call() }
            #expect(error?.code == "kafka.brokerUnreachable")
            #expect(error?.message.contains("127.0.0.1:1") == true)
            #expect(error?.isRetriable == true)
        }
    }

    @Test func nothingToDoAsksNobody() throws {
        let admin = try KafkaAdmin(try TestBroker.properties("127.0.0.1:1"), timeout: 0.5)
        #expect(try admin.createTopics([]).isEmpty)
        try admin.deleteTopics([])
    }
}
