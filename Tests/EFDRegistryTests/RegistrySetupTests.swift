import EFDCore
import EFDHTTP
import EFDRegistry
import EFDTestKit
import Testing

/// All schemas of a program, before its first record.
@Suite(.serialized) struct RegistrySetupTests {
    private func schema(_ subject: String, _ type: String) -> SubjectSchema {
        SubjectSchema(
            subject: subject,
            text: #"{"type":"record","name":"R","fields":[{"name":"a","type":"\#(type)"}]}"#)
    }

    @Test func idsComeInTheOrderOfTheSchemas() throws {
        let client = try TestRegistry.shared().client()
        let names = (0..<3).map { TestBroker.uniqueName("setup\($0)") }
        let schemas = [schema(names[0], "int"), schema(names[1], "string"), schema(names[2], "int")]
        let ids = try #require(try client.register(schemas, retrying: StopToken()) { _ in })
        #expect(ids.count == 3 && ids[0] == ids[2] && ids[0] != ids[1])
        for (entry, id) in zip(schemas, ids) { #expect(try client.latest(entry.subject)?.id == id) }
        #expect(try client.register(schemas, retrying: StopToken()) { _ in } == ids, "a second start finds them")
    }

    @Test func anIncompatibleSchemaIsNamedWithTheWayOut() throws {
        let client = try TestRegistry.shared().client()
        let subject = TestBroker.uniqueName("setup")
        _ = try client.register([schema(subject, "string")], retrying: StopToken()) { _ in }
        var retries = 0
        let error = #expect(throws: EFDError.self) {
            try client.register([schema(subject, "int")], retrying: StopToken()) { _ in retries += 1 }
        }
        #expect(error?.code == "registry.schemaIncompatible" && retries == 0)
        #expect(error?.message.contains("registering the schema of \(subject)") == true)
        #expect(error?.remedy.contains("compatibility") == true)
    }

    @Test func aRegistryThatIsAwayIsWaitedFor() throws {
        let away = HTTPResponse.error(503, "starting", code: 50003)
        let registry = try ScriptedRegistry([away, away, .json(.object(["id": 7]))])
        defer { registry.stop() }
        let client = try registry.client { $0.attempts = 1 }
        var failures: [EFDError] = []
        #expect(try client.register([schema("s", "int")], retrying: StopToken()) { failures.append($0) } == [7])
        #expect(failures.map(\.code) == ["registry.unavailable", "registry.unavailable"])
    }

    @Test func aStopEndsTheWait() throws {
        let registry = try ScriptedRegistry(status: 503, code: 50003)
        defer { registry.stop() }
        let stop = StopToken()
        let ids = try registry.client().register([schema("s", "int")], retrying: stop) { _ in stop.stop() }
        #expect(ids == nil)
    }
}
