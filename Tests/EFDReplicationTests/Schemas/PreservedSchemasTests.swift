import EFDCore
import EFDHTTP
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDReplication

@Suite(.serialized) struct PreservedSchemasTests {
    typealias R = Registries

    @Test func aSchemaKeepsItsIdSubjectAndVersionAndOthersGoOn() throws {
        let registries = try Registries()
        defer { registries.stop() }
        try registries.moveIDs()
        let topic = TestBroker.uniqueName("lsst.sal.A.b")
        _ = try registries.here.register(R.record("A", "int"), subject: topic + "-value")
        try registries.here.setCompatibility(.none, for: topic + "-value")
        let id = try registries.here.register(R.record("A", "int", "double"), subject: topic + "-value")
        let metrics = Metrics()
        let replicator = registries.replicator(registries.preserving(), metrics: metrics)
        #expect(try replicator.replicate(id, topic: topic, part: .value) == id)
        #expect(try replicator.replicate(id, topic: topic, part: .value) == id, "the second sight asks nobody")
        let there = try #require(try registries.there.version(2, of: topic + "-value"))
        #expect(there.id == id && there.text == R.record("A", "int", "double"))
        #expect(try registries.there.mode(topic + "-value") == .importing)
        #expect(try registries.there.mode() == .readWrite)
        let own = TestBroker.uniqueName("own")
        _ = try registries.there.register("\"long\"", subject: own)
        #expect(try registries.there.versions(own) == [1], "other subjects of the target are unchanged")
        // A new process finds all there.
        #expect(try registries.replicator(registries.preserving()).replicate(id, topic: topic, part: .value) == id)
        #expect(MetricsSnapshot(parsing: metrics.text).sum("efd_schemas_carried_total") == 1)
    }

    @Test func referencesComeFirstOverAnyNumberOfSubjects() throws {
        let registries = try Registries()
        defer { registries.stop() }
        try registries.moveIDs()
        let (inner, topic, outer) = (
            TestBroker.uniqueName("inner"), TestBroker.uniqueName("middle"), TestBroker.uniqueName("outer")
        )
        let middleID = try registries.registerReferring(topic + "-value", inner)
        let text = R.record("Whole", "lsst.sal.Outer")
        let references = [SchemaReference(name: "lsst.sal.Outer", subject: topic + "-value", version: 1)]
        let id = try registries.here.register(text, subject: outer + "-value", references: references)
        #expect(try registries.replicator(registries.preserving()).replicate(id, topic: outer, part: .value) == id)
        #expect(try registries.there.schema(id: id)?.references == references)
        #expect(try registries.there.version(1, of: topic + "-value")?.id == middleID)
        #expect(try registries.there.version(1, of: inner)?.id == registries.here.version(1, of: inner)?.id)
    }

    @Test func anIdThatIsTakenIsReportedWithBothSchemas() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.Mine")
        let id = try registries.here.register(R.record("Mine", "int"), subject: topic + "-value")
        let other = TestBroker.uniqueName("theirs")
        #expect(try registries.there.register(R.record("Theirs", "int"), subject: other) == id)
        let metrics = Metrics()
        let error = #expect(throws: EFDError.self) {
            try registries.replicator(registries.preserving(), metrics: metrics).replicate(
                id, topic: topic, part: .value)
        }
        #expect(error?.code == "replication.schemaConflict" && error?.recovery == .intervene)
        #expect(error?.message.contains("lsst.sal.Mine") == true && error?.message.contains("lsst.sal.Theirs") == true)
        #expect(error?.message.contains(other) == true && error?.remedy.contains("translate") == true)
        #expect(MetricsSnapshot(parsing: metrics.text).sum("efd_schemas_refused_total") == 1)
        #expect(try registries.there.versions(topic + "-value").isEmpty, "nothing was changed")
    }

    @Test func aVersionThatIsTakenIsReported() throws {
        let registries = try Registries()
        defer { registries.stop() }
        try registries.moveIDs()
        let topic = TestBroker.uniqueName("lsst.sal.V")
        let id = try registries.here.register(R.record("V", "int"), subject: topic + "-value")
        _ = try registries.there.register(R.record("V", "int"), subject: topic + "-value")
        let error = #expect(throws: EFDError.self) {
            try registries.replicator(registries.preserving()).replicate(id, topic: topic, part: .value)
        }
        #expect(
            error?.code == "replication.schemaConflict"
                && error?.message.contains("version 1 of subject \(topic)-value") == true)
    }

    /// Registries before schema-registry#1748 answered 200 to an import and did nothing.
    @Test func anImportThatStoresNothingIsFoundOut() throws {
        let registries = try Registries()
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.L")
        let id = try registries.here.register(R.record("L", "int"), subject: topic + "-value")
        let liar = try HTTPServer(HTTPServerOptions()) { request in
            if request.path.hasPrefix("/mode") { return .json(["mode": "IMPORT"]) }
            if request.method == .post { return .json(["id": .integer(Int64(id))]) }
            return .error(404, "not there", code: 40403)
        }
        defer { liar.stop() }
        let strategy = PreservedSchemas(
            source: registries.here, target: try R.client("http://\(liar.address)"), log: .silent)
        let error = #expect(throws: EFDError.self) {
            try registries.replicator(strategy).replicate(id, topic: topic, part: .value)
        }
        #expect(error?.code == "replication.schemaNotStored")
    }

    @Test(.enabled(if: TestRegistry.Kind.apicurio.isAvailable))
    func aRegistryWithoutModesIsReported() throws {
        let registries = try Registries(target: .apicurio)
        defer { registries.stop() }
        let topic = TestBroker.uniqueName("lsst.sal.M")
        try registries.moveIDs()
        let id = try registries.here.register(R.record("M", "int"), subject: topic + "-value")
        let error = #expect(throws: EFDError.self) {
            try registries.replicator(registries.preserving()).replicate(id, topic: topic, part: .value)
        }
        #expect(error?.code == "replication.importMissing" && error?.remedy.contains("translate") == true)
    }
}
