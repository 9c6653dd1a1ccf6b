import EFDCore
import EFDHTTP
import EFDRegistry
import EFDTestKit
import Testing

@Suite(.serialized) struct RegistryClientFaultTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let status: Int
        let code: Int
        let expected: EFDError.Code
        var recovery = EFDError.Recovery.intervene
        var testDescription: String { "\(status)/\(code)" }
    }

    @Test(arguments: [
        Refusal(status: 409, code: 409, expected: "registry.schemaIncompatible"),
        Refusal(status: 409, code: 40901, expected: "registry.schemaIncompatible"),
        Refusal(status: 422, code: 42201, expected: "registry.schemaInvalid"),
        Refusal(status: 422, code: 42205, expected: "registry.operationRefused"),
        Refusal(status: 422, code: 42207, expected: "registry.idConflict"),
        Refusal(status: 422, code: 42209, expected: "registry.schemaTooLarge"),
        Refusal(status: 401, code: 401, expected: "registry.accessDenied"),
        Refusal(status: 403, code: 40301, expected: "registry.accessDenied"),
        Refusal(status: 404, code: 404, expected: "registry.pathUnknown"),
        Refusal(status: 404, code: 40401, expected: "registry.subjectMissing"),
        Refusal(status: 500, code: 50001, expected: "registry.unavailable", recovery: .retry),
        Refusal(status: 500, code: 50002, expected: "registry.unavailable", recovery: .retry),
        Refusal(status: 503, code: 503, expected: "registry.unavailable", recovery: .retry),
        Refusal(status: 429, code: 429, expected: "registry.unavailable", recovery: .retry),
        Refusal(status: 400, code: 400, expected: "registry.requestRefused"),
    ])
    func refusalsOfARegistrationAreDistinguished(refusal: Refusal) throws {
        let registry = try ScriptedRegistry(status: refusal.status, code: refusal.code)
        defer { registry.stop() }
        let error = #expect(throws: EFDError.self) { try registry.client().register("\"string\"", subject: "s") }
        #expect(error?.code == refusal.expected && error?.recovery == refusal.recovery)
        #expect(error?.message.contains("rejected by the script") == true)
        let tries = registry.asked.filter { $0.path == "/subjects/s/versions" }.count
        #expect(tries == (refusal.recovery == .retry ? 3 : 1))
    }

    @Test(arguments: [40401, 40402, 40403])
    func aMissingSchemaIsNilWhateverItsCode(code: Int) throws {
        let registry = try ScriptedRegistry(status: 404, code: code)
        defer { registry.stop() }
        let client = try registry.client()
        #expect(try client.schema(id: 7) == nil)
        #expect(try client.latest("s") == nil)
        #expect(try client.version(3, of: "s") == nil)
        #expect(try client.lookup("\"int\"", subject: "s") == nil)
        #expect(try client.versions("s").isEmpty)
        #expect(try client.compatible("\"int\"", subject: "s").isCompatible)
    }

    @Test func aRegistrationSendsWhatTheRegistryReads() throws {
        let registry = try ScriptedRegistry([.json(["id": 12])])
        defer { registry.stop() }
        let id = try registry.client().register(
            "\"int\"", subject: "a/b c", references: [SchemaReference(name: "n.T", subject: "t", version: 2)], id: 12,
            version: 3)
        #expect(id == 12)
        let request = try #require(registry.asked.first)
        #expect(request.path == "/subjects/a%2Fb%20c/versions")
        #expect(request.headers["Content-Type"] == "application/vnd.schemaregistry.v1+json")
        #expect(
            request.text
                == #"{"schema":"\"int\"","references":[{"name":"n.T","subject":"t","version":2}],"id":12,"version":3}"#)
    }

    @Test func anIncompatibleSchemaIsExplained() throws {
        let registry = try ScriptedRegistry([
            .error(409, "Schema being registered is incompatible", code: 409),
            .json(["is_compatible": false, "messages": ["READER_FIELD_MISSING_DEFAULT_VALUE: x"]]),
            .json(["compatibilityLevel": "BACKWARD"]),
        ])
        defer { registry.stop() }
        let error = #expect(throws: EFDError.self) { try registry.client().register("\"int\"", subject: "s") }
        #expect(error?.message.contains("READER_FIELD_MISSING_DEFAULT_VALUE: x") == true)
        #expect(error?.remedy.contains("BACKWARD") == true)
    }

    @Test func theNextAddressServesWhenOneIsDown() throws {
        let down = try ScriptedRegistry([.json([])])
        let up = try ScriptedRegistry([.json(["a", "b"])])
        defer { up.stop() }
        let client = try down.client([up.url])
        down.stop()
        for _ in 0..<3 { #expect(try client.subjects() == ["a", "b"]) }
        #expect(up.asked.count == 3)
    }

    @Test func aFaultThatPassesIsOutlasted() throws {
        let registry = try ScriptedRegistry([
            .error(503, "starting"), .error(500, "timeout", code: 50002), .json(["compatibilityLevel": "NONE"]),
        ])
        defer { registry.stop() }
        #expect(try registry.client().compatibility() == CompatibilityLevel.none)
        #expect(registry.asked.count == 3)
    }

    @Test func aRegistryThatIsDownIsNamedAndAStopEndsTheWait() throws {
        let registry = try ScriptedRegistry([.json([])])
        registry.stop()
        let error = #expect(throws: EFDError.self) { try registry.client().subjects() }
        #expect(error?.code == "http.unreachable" && error?.recovery == .retry)
        #expect(error?.message.contains(registry.url.dropFirst(7)) == true)
        let stop = StopToken()
        stop.stop()
        let client = try registry.client {
            $0.http.stop = stop
            $0.backoff = Backoff(base: 60, cap: 60)
        }
        #expect(throws: EFDError.self) { try client.subjects() }
    }

    @Test func whatIsNoRegistryIsReported() throws {
        let page = try ScriptedRegistry([.text("<html>hello</html>")])
        defer { page.stop() }
        let error = #expect(throws: EFDError.self) { try page.client().subjects() }
        #expect(error?.code == "registry.answerUnreadable")
        let odd = try ScriptedRegistry([.json(["identity": 3])])
        defer { odd.stop() }
        #expect(throws: EFDError.self) { try odd.client().register("\"int\"", subject: "s") }
    }
}
