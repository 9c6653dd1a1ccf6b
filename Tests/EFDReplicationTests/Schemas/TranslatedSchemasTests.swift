import EFDCore
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDReplication

@Suite(.serialized) struct TranslatedSchemasTests {
    typealias R = Registries
    static let kinds = TestRegistry.Kind.allCases.filter(\.isAvailable)

    @Test(arguments: kinds)
    func idsAreTheTargetsAndTheMapIsTheRegistryItself(kind: TestRegistry.Kind) throws {
        let registries = try Registries(target: kind)
        defer { registries.stop() }
        try registries.moveIDs()
        let topic = TestBroker.uniqueName("lsst.sal.T")
        let subject = topic + "-value"
        try registries.here.setCompatibility(.none, for: subject)
        let first = try registries.here.register(R.record("T", "int"), subject: subject)
        let second = try registries.here.register(R.record("T", "string"), subject: subject)
        // The later one is seen first, and the target's level would not take it.
        let replicator = registries.replicator(registries.translating())
        let laterID = try replicator.replicate(second, topic: topic, part: .value)
        let earlierID = try replicator.replicate(first, topic: topic, part: .value)
        #expect(laterID != second && earlierID != laterID)
        #expect(try registries.there.version(1, of: subject)?.id == earlierID)
        #expect(try registries.there.version(2, of: subject)?.id == laterID)
        #expect(try registries.there.schema(id: laterID)?.text == R.record("T", "string"))
        #expect(try registries.there.compatibility(subject) == CompatibilityLevel.none, "the source's level")
        let next = registries.replicator(registries.translating())
        #expect(try next.replicate(first, topic: topic, part: .value) == earlierID, "a new process finds the same ids")
        #expect(try next.replicate(second, topic: topic, part: .value) == laterID)
        #expect(try registries.there.versions(subject) == [1, 2])
    }

    @Test(arguments: kinds)
    func referencesLeadToTheTargetsVersions(kind: TestRegistry.Kind) throws {
        let registries = try Registries(target: kind)
        defer { registries.stop() }
        let (inner, topic) = (TestBroker.uniqueName("inner"), TestBroker.uniqueName("outer"))
        // The target counts one version fewer: the source's first was deleted.
        _ = try registries.here.register(R.record("Inner", "string"), subject: inner)
        try registries.here.deleteVersion(1, of: inner)
        let id = try registries.registerReferring(topic + "-value", inner)
        #expect(try registries.here.version(1, of: topic + "-value")?.references[0].version == 2)
        let there = try registries.replicator(registries.translating()).replicate(id, topic: topic, part: .value)
        #expect(
            try registries.there.schema(id: there)?.references == [
                SchemaReference(name: "lsst.sal.Inner", subject: inner, version: 1)
            ])
    }

    /// Five bytes that begin with 0 do not prove Avro.
    @Test func anIdOfAnotherTopicIsChance() throws {
        let registries = try Registries()
        defer { registries.stop() }
        try registries.moveIDs()
        let (topic, other) = (TestBroker.uniqueName("lsst.sal.T"), TestBroker.uniqueName("binary"))
        let id = try registries.here.register(R.record("T", "int"), subject: topic + "-value")
        let metrics = Metrics()
        let replicator = registries.replicator(registries.translating(), metrics: metrics)
        #expect(try replicator.replicate(id, topic: other, part: .value) == id)
        #expect(
            try replicator.replicate(id, topic: topic, part: .key) == id, "the key of a topic whose value has that id")
        #expect(MetricsSnapshot(parsing: metrics.text).sum("efd_schema_ids_passed_total") == 2)
        #expect(try replicator.replicate(id, topic: topic, part: .value) != id)
        // Subjects named after records say nothing of topics: they are believed, unless the operator says otherwise.
        let named = try registries.here.register(R.record("Named", "int"), subject: "lsst.sal.Named")
        #expect(try replicator.replicate(named, topic: other, part: .value) != named)
        let strict = registries.replicator(registries.translating(), avroTopics: try NamePattern(#"lsst\..*"#))
        #expect(strict.replicates(.value, of: topic) && !strict.replicates(.value, of: other))
    }
}
