import EFDCore
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDReplication

@Suite(.serialized) struct SchemaReplicatorTests {
    typealias R = Registries

    @Test func anUnknownIdIsWaitedForAndThenPassedOn() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.U")
        _ = try registries.here.register(R.record("U", "int"), subject: topic + "-value")
        let metrics = Metrics()
        let replicator = registries.replicator(registries.preserving(), unknownWait: 0.5, metrics: metrics)
        let error = #expect(throws: EFDError.self) { try replicator.replicate(77, topic: topic, part: .value) }
        #expect(
            error?.code == "replication.schemaUnknown" && error?.recovery == .retry
                && error?.message.contains(topic) == true)
        let answer = try until(seconds: 10, "the record is never passed on") {
            try? replicator.replicate(77, topic: topic, part: .value)
        }
        #expect(answer == 77)
        #expect(try replicator.replicate(78, topic: topic, part: .value) == 78, "others are not waited for then")
        #expect(MetricsSnapshot(parsing: metrics.text).sum("efd_schema_ids_passed_total") == 2)
    }

    @Test func anIdThatAppearsLaterIsCarried() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.L")
        let id = try registries.here.register(R.record("L", "int"), subject: topic + "-value")
        let replicator = registries.replicator(registries.preserving(), unknownWait: 60)
        #expect(throws: EFDError.self) { try replicator.replicate(id + 1, topic: topic, part: .value) }
        #expect(try registries.here.register(R.record("L", "long"), subject: topic + "-value") == id + 1)
        let answer = try until(seconds: 10, "the schema is never found") {
            try? replicator.replicate(id + 1, topic: topic, part: .value)
        }
        #expect(answer == id + 1)
        #expect(try registries.there.schema(id: id + 1) != nil)
    }

    @Test func topicsWithoutSchemasAreNotHeldUp() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("binary")
        let replicator = registries.replicator(registries.preserving(), unknownWait: 3600)
        for id in Int32(1000)..<1030 { #expect(try replicator.replicate(id, topic: topic, part: .value) == id) }
    }

    @Test func anUnreachableRegistryIsReportedAtOnceAndRetried() throws {
        let broker = try TestBroker.shared().bootstrapServers
        let schemas = TestBroker.uniqueName("_schemas")
        let registries = try Registries()
        defer { registries.stop() }
        let target = try TestRegistry(bootstrapServers: broker, topic: schemas)
        let port = try #require(target.url.split(separator: ":").last.flatMap { UInt16($0) })
        let topic = TestBroker.uniqueName("lsst.sal.A")
        let id = try registries.here.register(R.record("A", "int"), subject: topic + "-value")
        target.stop()
        let strategy = PreservedSchemas(
            source: registries.here, target: try R.client("http://127.0.0.1:\(port)"), log: .silent)
        let replicator = registries.replicator(strategy)
        let first = #expect(throws: EFDError.self) { try replicator.replicate(id, topic: topic, part: .value) }
        #expect(first?.recovery == .retry)
        let start = MonotonicClock.seconds()
        for _ in 0..<1000 {
            #expect(throws: EFDError.self) { try replicator.replicate(id, topic: topic, part: .value) }
        }
        #expect(MonotonicClock.seconds() - start < 5, "a thousand questions do not make a thousand requests")
        let again = try TestRegistry(bootstrapServers: broker, topic: schemas, port: port)
        defer { again.stop() }
        let answer = try until(seconds: 30, "the registry is never asked again") {
            try? replicator.replicate(id, topic: topic, part: .value)
        }
        #expect(answer == id)
    }

    @Test func aMirrorIsWaitedFor() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.M")
        let id = try registries.here.register(R.record("M", "int"), subject: topic + "-value")
        let replicator = registries.replicator(MirroredSchemas(target: registries.there))
        let error = #expect(throws: EFDError.self) { try replicator.replicate(id, topic: topic, part: .value) }
        #expect(error?.code == "replication.schemaAwaited" && error?.recovery == .retry)
        try registries.there.setMode(.importing, for: topic + "-value")
        _ = try registries.there.register(R.record("M", "int"), subject: topic + "-value", id: id, version: 1)
        #expect(try replicator.replicate(id, topic: topic, part: .value) == id)
    }

    @Test func laterVersionsAndLevelsFollow() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let (topic, other) = (TestBroker.uniqueName("lsst.sal.F"), TestBroker.uniqueName("left-out"))
        let subject = topic + "-value"
        for subject in [subject, other + "-value"] {
            _ = try registries.here.register(R.record("F", "int"), subject: subject)
        }
        let follower = SchemaFollower(
            source: registries.here, target: registries.there, strategy: registries.preserving(), interval: 60,
            metrics: Metrics(), log: .silent,
            stop: StopToken()
        ) { $0 == topic }
        try follower.round()
        #expect(try registries.there.versions(subject) == [1])
        #expect(try registries.there.versions(other + "-value").isEmpty, "only of topics that are copied")
        try registries.here.setCompatibility(.full, for: subject)
        let text =
            #"{"type":"record","name":"F","namespace":"lsst.sal","fields":[{"name":"f0","type":"int"},{"name":"f1","type":"int","default":0}]}"#
        let id = try registries.here.register(text, subject: subject)
        try follower.round()
        #expect(try registries.there.version(2, of: subject)?.id == id)
        #expect(try registries.there.compatibility(subject) == .full)
    }
}
