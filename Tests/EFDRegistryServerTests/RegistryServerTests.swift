import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDRegistryServer

@Suite(.serialized) struct RegistryServerTests {
    private func schema(_ index: Int) -> String {
        #"{"type":"record","name":"R\#(index)","fields":[{"name":"a","type":"int"}]}"#
    }

    @Test func whatWasRegisteredSurvivesARestart() throws {
        let topic = TestBroker.uniqueName("_schemas")
        let first = try TestRegistry(topic: topic)
        let client = try first.client()
        var ids: [Int32] = []
        for index in 0..<50 { ids.append(try client.register(schema(index), subject: "s\(index)")) }
        try client.setCompatibility(.full, for: "s1")
        try client.setCompatibility(.forwardTransitive)
        try client.deleteSubject("s2")
        try client.deleteSubject("s3")
        try client.deleteSubject("s3", permanently: true)
        first.stop()
        let second = try TestRegistry(topic: topic)
        defer { second.stop() }
        let again = try second.client()
        #expect(try again.subjects().count == 48)
        for index in 0..<50 where index != 3 { #expect(try again.schema(id: ids[index])?.text == schema(index)) }
        #expect(try again.schema(id: ids[3]) == nil)
        #expect(try again.compatibility("s1") == .full)
        #expect(try again.compatibility() == .forwardTransitive)
        #expect(try again.register(schema(7), subject: "s7") == ids[7])
        #expect(try again.register(schema(99), subject: "s99") == 51)
    }

    @Test func theTopicHoldsWhatOtherRegistriesRead() throws {
        let topic = TestBroker.uniqueName("_schemas")
        let registry = try TestRegistry(topic: topic)
        defer { registry.stop() }
        let client = try registry.client()
        _ = try client.register("\"int\"", subject: "t-value")
        try client.setCompatibility(.none, for: "t-value")
        try client.deleteSubject("t-value")
        let records = try records(of: topic, count: 4)
        #expect(
            records.map(\.key) == [
                #"{"keytype":"SCHEMA","subject":"t-value","version":1,"magic":1}"#,
                #"{"keytype":"CONFIG","subject":"t-value","magic":0}"#,
                #"{"keytype":"DELETE_SUBJECT","subject":"t-value","magic":0}"#,
                #"{"keytype":"CONFIG","subject":"t-value","magic":0}"#,
            ])
        #expect(
            records.map(\.value) == [
                #"{"subject":"t-value","version":1,"id":1,"schema":"\"int\"","deleted":false}"#,
                #"{"compatibilityLevel":"NONE"}"#,
                #"{"subject":"t-value","version":1}"#, nil,
            ])
    }

    @Test func whatAnotherRegistryWritesIsSeen() throws {
        let topic = TestBroker.uniqueName("_schemas")
        let one = try TestRegistry(topic: topic)
        let two = try TestRegistry(topic: topic)
        defer {
            one.stop()
            two.stop()
        }
        let (first, second) = (try one.client(), try two.client())
        for index in 0..<10 {
            let (writer, reader) = index % 2 == 0 ? (first, second) : (second, first)
            let id = try writer.register(schema(index), subject: "s\(index)")
            var seen: RegisteredSchema?
            for _ in 0..<500 where seen == nil {
                seen = try reader.schema(id: id)
                if seen == nil { MonotonicClock.sleep(seconds: 0.01) }
            }
            #expect(seen?.text == schema(index))
        }
        #expect(try first.subjects() == second.subjects())
    }

    @Test func unreadableRecordsAreLeftOut() throws {
        let topic = TestBroker.uniqueName("_schemas")
        try TestBroker.shared().createTopic(topic, configuration: ["cleanup.policy": "compact"])
        let good = RegistryRecord.schema(subject: "s", version: 1, .init(id: 5, text: "\"int\""))
        try write(
            topic,
            [
                ("nonsense", "{}"), (good.key, good.value), (#"{"keytype":"SCHEMA"}"#, nil),
                (#"{"keytype":"NOOP","magic":0}"#, nil),
            ])
        let registry = try TestRegistry(topic: topic)
        defer { registry.stop() }
        let client = try registry.client()
        #expect(try client.latest("s")?.id == 5)
        #expect(try client.register("\"long\"", subject: "s") == 6)
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no configurations"))
    func aTopicThatForgetsIsRefused() throws {
        let topic = TestBroker.uniqueName("_schemas")
        try TestBroker.shared().createTopic(topic, configuration: ["cleanup.policy": "delete"])
        let error = try startFailure(topic)
        #expect(error?.code == "registry.topicUnfit")
        #expect(error?.remedy.contains("cleanup.policy=compact") == true)
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no configurations"))
    func aTopicOfManyPartitionsIsRefused() throws {
        let topic = TestBroker.uniqueName("_schemas")
        try TestBroker.shared().createTopic(topic, partitions: 3, configuration: ["cleanup.policy": "compact"])
        #expect(try startFailure(topic)?.message.contains("3 partitions") == true)
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker deletes no topics"))
    func withoutItsTopicItServesWhatItKnowsAndStops() throws {
        let topic = TestBroker.uniqueName("_schemas")
        var options = RegistryServerOptions(http: HTTPServerOptions(), kafka: try TestBroker.shared().properties())
        options.topic = topic
        options.writeTimeout = 2
        let server = try RegistryServer(options)
        #expect(server.waitUntilReady(seconds: 60))
        var registry = try RegistryOptions([server.url])
        registry.attempts = 1
        let client = RegistryClient(registry)
        let id = try client.register(schema(0), subject: "s")
        #expect(server.health.isReady)
        try KafkaAdmin(options.kafka).deleteTopics([topic])
        var refusal: EFDError?
        for index in 1..<100 where refusal == nil {
            do { _ = try client.register(schema(index), subject: "s\(index)") } catch { refusal = error }
        }
        #expect(refusal?.code == "registry.unavailable" && refusal?.recovery == .retry)
        #expect(!server.health.isReady)
        #expect(try client.schema(id: id)?.text == schema(0))
        server.stop()
    }

    @Test func withoutKafkaItSaysSoAndBecomesReadyLater() throws {
        let cluster = try MockCluster()
        try cluster.setBroker(up: false)
        var options = RegistryServerOptions(
            http: HTTPServerOptions(), kafka: try TestBroker.properties(cluster.bootstrapServers))
        options.writeTimeout = 1
        let server = try RegistryServer(options)
        defer { server.stop() }
        let connection = HTTPConnection()
        let url = try HTTPURL(server.url)
        let early = try connection.request(.get, url.appending("subjects"))
        #expect(early.status == 500)
        #expect(try early.json()["error_code"] == 50001)
        #expect(try connection.request(.get, url.appending("readyz")).status == 503)
        #expect(try connection.request(.get, url.appending("healthz")).status == 200)
        try cluster.setBroker(up: true)
        #expect(server.waitUntilReady(seconds: 60), "\(server.health.conditions)")
        let client = RegistryClient(try RegistryOptions([server.url]))
        #expect(try client.register("\"int\"", subject: "s") == 1)

        try cluster.setBroker(up: false)
        let body = Array(#"{"schema":"\"long\""}"#.utf8)
        let late = try connection.request(.post, url.appending("subjects", "s", "versions"), body: body)
        #expect(late.status == 500)
        #expect([50001, 50002].contains(try late.json()["error_code"]))
        #expect(try client.schema(id: 1)?.text == "\"int\"", "what is known is served")
        try cluster.setBroker(up: true)
        var id: Int32?
        for _ in 0..<100 where id == nil {
            id = try? client.register("\"long\"", subject: "s")
            if id == nil { MonotonicClock.sleep(seconds: 0.1) }
        }
        #expect(id == 2)
        #expect(try client.versions("s") == [1, 2])
    }

    // MARK: Parts

    private func startFailure(_ topic: String) throws -> EFDError? {
        var options = RegistryServerOptions(http: HTTPServerOptions(), kafka: try TestBroker.shared().properties())
        options.topic = topic
        let server = try RegistryServer(options)
        return #expect(throws: EFDError.self) { try server.run(until: StopToken()) }
    }

    private func write(_ topic: String, _ records: [(key: String, value: String?)]) throws {
        let producer = try KafkaProducer(try TestBroker.shared().properties()) { _ in }
        let handle = try producer.topic(topic)
        for record in records {
            let (key, value) = (Array(record.key.utf8), record.value.map { Array($0.utf8) })
            let outcome = key.withUnsafeBytes { key in
                guard let value else {
                    return producer.produce(handle, KafkaRecord(key: key, value: nil, partition: 0))
                }
                return value.withUnsafeBytes {
                    producer.produce(handle, KafkaRecord(key: key, value: $0, partition: 0))
                }
            }
            #expect(outcome == .queued)
        }
        #expect(producer.close(flushSeconds: 30) == 0)
    }

    private func records(of topic: String, count: Int) throws -> [(key: String, value: String?)] {
        let consumer = try KafkaConsumer(try TestBroker.shared().properties(), group: TestBroker.uniqueName("reader"))
        defer { consumer.close() }
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), 0)])
        var found: [(key: String, value: String?)] = []
        let deadline = MonotonicClock.seconds() + 30
        while found.count < count && MonotonicClock.seconds() < deadline {
            let batch = try consumer.poll()
            for index in 0..<batch.count {
                let message = batch[index]
                found.append(
                    (
                        String(decoding: message.key ?? .init(start: nil, count: 0), as: UTF8.self),
                        message.value.map { String(decoding: $0, as: UTF8.self) }
                    ))
            }
        }
        return found
    }
}
