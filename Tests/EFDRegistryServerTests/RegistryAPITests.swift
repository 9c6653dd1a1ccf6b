import EFDCore
import EFDHTTP
import EFDRegistry
import Testing

@testable import EFDRegistryServer

struct RegistryAPITests {
    typealias Paper = RegistryOnPaper
    static func schema(_ text: String) -> JSON { ["schema": .string(text)] }

    @Test func idsAndVersionsAreGivenInOrder() throws {
        var registry = Paper()
        let intSchema = Self.schema("\"int\"")
        #expect(try registry.json(.post, "/subjects/s/versions", intSchema) == ["id": 1])
        #expect(try registry.json(.post, "/subjects/s/versions", intSchema) == ["id": 1], "the same again")
        #expect(
            try registry.json(.post, "/subjects/t/versions", intSchema) == ["id": 1],
            "the same text elsewhere has the same id")
        #expect(try registry.json(.post, "/subjects/t/versions", Self.schema("\"long\"")) == ["id": 2])
        #expect(try registry.json(.get, "/subjects/t/versions") == [1, 2])
        #expect(
            try registry.json(.get, "/subjects/t/versions/latest") == [
                "subject": "t", "version": 2, "id": 2, "schema": "\"long\"",
            ])
        #expect(try registry.json(.get, "/subjects/t/versions/-1")["version"] == 2)
        #expect(try registry.send(.get, "/subjects/t/versions/1/schema").text == "\"int\"")
        #expect(try registry.json(.get, "/schemas/ids/2") == ["schema": "\"long\""])
        #expect(try registry.json(.get, "/schemas/ids/1/subjects") == ["s", "t"])
        #expect(
            try registry.json(.get, "/schemas/ids/1/versions") == [
                ["subject": "s", "version": 1], ["subject": "t", "version": 1],
            ])
        #expect(try registry.json(.get, "/schemas/ids/1?fetchMaxId=true")["maxId"] == 2)
        #expect(try registry.json(.post, "/subjects/t", Self.schema(" \"int\" "))["version"] == 1)
        #expect(try registry.replayed().portrait() == registry.portrait())
    }

    @Test func whiteSpaceMakesNoNewSchema() throws {
        var registry = Paper()
        #expect(try registry.json(.post, "/subjects/s/versions", Self.schema(Paper.a)) == ["id": 1])
        let airy = Paper.a.map { [",", ":", "{", "}"].contains($0) ? " \($0)\n" : String($0) }.joined()
        #expect(airy != Paper.a)
        #expect(try registry.json(.post, "/subjects/s/versions", Self.schema(airy)) == ["id": 1])
        #expect(try registry.json(.post, "/subjects/s", Self.schema(airy))["id"] == 1)
        #expect(registry.log.count == 1)
    }

    @Test func normalisedSchemasAreOneWhateverTheirOrder() throws {
        var registry = Paper()
        let one = Self.schema(#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int"}]}"#)
        let other = Self.schema(#"{"fields":[{"type":{"type":"int"},"name":"a"}],"name":"n.R","type":"record"}"#)
        #expect(try registry.json(.post, "/subjects/s/versions?normalize=true", one) == ["id": 1])
        #expect(try registry.json(.post, "/subjects/s/versions?normalize=true", other) == ["id": 1])
        #expect(try registry.json(.post, "/subjects/s?normalize=true", other)["version"] == 1)
        #expect(
            try registry.json(.post, "/compatibility/subjects/s/versions/latest?normalize=true", other)["is_compatible"]
                == true)
        #expect(try registry.json(.post, "/subjects/s/versions", other) == ["id": 2], "as it was written")
    }

    @Test func newSchemasHaveDefaultsOfTheirFieldsTypes() throws {
        var registry = Paper()
        let wrong = Paper.record(#"{"name":"a","type":"int","default":"none"}"#)
        #expect(try registry.code(.post, "/subjects/s/versions", Self.schema(wrong)) == 42201)
        #expect(try registry.code(.put, "/mode/s", ["mode": "IMPORT"]) == 0)
        #expect(
            try registry.json(.post, "/subjects/s/versions", ["schema": .string(wrong), "id": 9]) == ["id": 9],
            "what another registry took is taken")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let method: HTTPMethod
        let target: String
        var body: JSON?
        let code: Int
        var testDescription: String { "\(method.rawValue) \(target) \(code)" }

        init(_ method: HTTPMethod, _ target: String, _ code: Int) { self.init(method, target, nil, code) }

        init(_ method: HTTPMethod, _ target: String, _ body: JSON?, _ code: Int) {
            (self.method, self.target, self.body, self.code) = (method, target, body, code)
        }
    }

    @Test(arguments: [
        Refusal(.get, "/subjects/none/versions", 40401), Refusal(.get, "/subjects/none/versions/1", 40401),
        Refusal(.get, "/subjects/none/versions/latest", 40401), Refusal(.get, "/subjects/s/versions/9", 40402),
        Refusal(.get, "/subjects/s/versions/0", 42202), Refusal(.get, "/subjects/s/versions/first", 42202),
        Refusal(.get, "/schemas/ids/99", 40403),
        Refusal(.get, "/schemas/ids/x", 40403), Refusal(.get, "/schemas/ids/99/versions", 40403),
        Refusal(.post, "/subjects/none", schema("\"int\""), 40401),
        Refusal(.post, "/subjects/s", schema("\"bytes\""), 40403),
        Refusal(.post, "/subjects/s/versions", schema("{"), 42201),
        Refusal(.post, "/subjects/s/versions", schema("{\"type\":\"nonsense\"}"), 42201),
        Refusal(.post, "/subjects/s/versions", [:], 42201), Refusal(.post, "/subjects/s/versions", [], 400),
        Refusal(.post, "/subjects/s/versions", 400),
        Refusal(.post, "/subjects/s/versions", ["schema": "{}", "schemaType": "JSON"], 42201),
        Refusal(
            .post, "/subjects/s/versions",
            ["schema": "\"int\"", "references": [["name": "x", "subject": "y", "version": 1]]], 42201),
        Refusal(.post, "/subjects/s/versions", ["schema": "\"int\"", "id": 7], 42205),
        Refusal(.post, "/subjects/:.other:s/versions", schema("\"int\""), 42208), Refusal(.get, "/config/s", 40408),
        Refusal(.get, "/mode/s", 40409),
        Refusal(.delete, "/config/s", 40408), Refusal(.delete, "/mode/s", 40409),
        Refusal(.put, "/config", ["compatibility": "SOMETIMES"], 42203),
        Refusal(.put, "/mode", ["mode": "SOMETIMES"], 42204), Refusal(.put, "/mode", ["mode": "IMPORT"], 42205),
        Refusal(.put, "/mode/s", ["mode": "IMPORT"], 42205), Refusal(.delete, "/subjects/none", 40401),
        Refusal(.delete, "/subjects/s?permanent=true", 40405),
        Refusal(.delete, "/subjects/s/versions/1?permanent=true", 40407),
        Refusal(.delete, "/subjects/s/versions/9", 40402), Refusal(.get, "/nowhere", 404),
        Refusal(.patch, "/subjects", 405),
        Refusal(.get, "/subjects/a%2", 400),
        Refusal(.post, "/compatibility/subjects/none/versions/latest", schema("\"int\""), 40401),
        Refusal(.post, "/compatibility/subjects/s/versions/latest", schema("nonsense"), 42201),
    ])
    func refusalsHaveConfluentsCodes(refusal: Refusal) throws {
        var registry = Paper()
        _ = try registry.send(.post, "/subjects/s/versions", Self.schema("\"int\""))
        let before = registry.log.count
        let answer = try registry.send(refusal.method, refusal.target, refusal.body)
        #expect(try answer.json()["error_code"] == .integer(Int64(refusal.code)))
        #expect(answer.status == (refusal.code < 1000 ? refusal.code : refusal.code / 100))
        #expect(answer.headers["Content-Type"] == "application/vnd.schemaregistry.v1+json")
        #expect(registry.log.count == before, "a refusal writes nothing")
    }

    @Test func deletionHasTwoSteps() throws {
        var registry = Paper()
        for type in ["int", "long", "float"] {
            _ = try registry.send(.post, "/subjects/s/versions", Self.schema("\"\(type)\""))
        }
        _ = try registry.send(.put, "/config/s", ["compatibility": "NONE"])
        #expect(try registry.json(.delete, "/subjects/s/versions/2") == 2)
        #expect(try registry.code(.delete, "/subjects/s/versions/2") == 40406)
        #expect(try registry.json(.get, "/subjects/s/versions") == [1, 3])
        #expect(try registry.json(.get, "/subjects/s/versions?deleted=true") == [1, 2, 3])
        #expect(try registry.json(.get, "/subjects/s/versions?deletedOnly=true") == [2])
        #expect(try registry.code(.get, "/subjects/s/versions/2") == 40402)
        #expect(try registry.json(.get, "/subjects/s/versions/2?deleted=true")["id"] == 2)
        #expect(try registry.json(.get, "/schemas/ids/2") == ["schema": "\"long\""], "records of it may still be read")
        #expect(try registry.code(.post, "/subjects/s", Self.schema("\"long\"")) == 40403)
        #expect(try registry.json(.post, "/subjects/s?deleted=true", Self.schema("\"long\""))["version"] == 2)
        #expect(try registry.json(.delete, "/subjects/s/versions/2?permanent=true") == 2)
        #expect(try registry.code(.get, "/schemas/ids/2") == 40403)

        #expect(try registry.json(.delete, "/subjects/s") == [1, 3])
        #expect(try registry.code(.delete, "/subjects/s") == 40404)
        #expect(try registry.json(.get, "/subjects") == [])
        #expect(try registry.json(.get, "/subjects?deleted=true") == ["s"])
        #expect(try registry.code(.get, "/config/s") == 40408, "its settings go with it")
        #expect(try registry.replayed(compacted: true).portrait() == registry.portrait())
        #expect(
            try registry.json(.post, "/subjects/s/versions", Self.schema("\"double\"")) == ["id": 4],
            "the id of a removed schema is not given again")
        #expect(try registry.json(.get, "/subjects/s/versions") == [4])
        _ = try registry.send(.delete, "/subjects/s")
        #expect(try registry.json(.delete, "/subjects/s?permanent=true") == [1, 3, 4])
        #expect(try registry.json(.get, "/subjects?deleted=true") == [])
        #expect(try registry.replayed().portrait() == registry.portrait())
        #expect(try registry.replayed(compacted: true).portrait() == registry.portrait())
    }

    @Test func anImportKeepsIdsAndVersions() throws {
        var registry = Paper()
        #expect(try registry.json(.put, "/mode", ["mode": "IMPORT"]) == ["mode": "IMPORT"])
        #expect(
            try registry.code(.post, "/subjects/s/versions", Self.schema("\"int\"")) == 42205,
            "ids of its own are refused")
        let first: JSON = ["schema": "\"int\"", "id": 1000, "version": 5]
        #expect(try registry.json(.post, "/subjects/s/versions", first) == ["id": 1000])
        #expect(try registry.json(.post, "/subjects/s/versions", first) == ["id": 1000])
        #expect(
            try registry.code(.post, "/subjects/s/versions", ["schema": "\"long\"", "id": 1000, "version": 6]) == 42205)
        #expect(
            try registry.code(.post, "/subjects/s/versions", ["schema": "\"int\"", "id": 1001, "version": 5]) == 42207)
        #expect(
            try registry.code(.post, "/subjects/s/versions", ["schema": "\"bytes\"", "id": 7, "version": 5]) == 42205)
        // Nothing is checked: neither compatibility nor, if another registry accepted it, the schema.
        #expect(
            try registry.json(.post, "/subjects/s/versions", ["schema": "\"string\"", "id": 30, "version": 2]) == [
                "id": 30
            ])
        #expect(try registry.json(.get, "/subjects/s/versions") == [2, 5])
        _ = try registry.send(.put, "/mode", ["mode": "READWRITE"])
        _ = try registry.send(.put, "/config", ["compatibility": "NONE"])
        #expect(try registry.json(.post, "/subjects/s/versions", Self.schema("\"bytes\"")) == ["id": 1001])
        #expect(try registry.json(.get, "/subjects/s/versions") == [2, 5, 6])
        #expect(try registry.replayed(compacted: true).portrait() == registry.portrait())
    }

    @Test func importingNeedsAnEmptyRegistry() throws {
        var registry = Paper()
        _ = try registry.send(.post, "/subjects/s/versions", Self.schema("\"int\""))
        #expect(try registry.code(.put, "/mode", ["mode": "IMPORT"]) == 42205)
        #expect(try registry.code(.put, "/mode/other", ["mode": "IMPORT"]) == 0)
        _ = try registry.send(.delete, "/subjects/s")
        #expect(try registry.code(.put, "/mode", ["mode": "IMPORT"]) == 0)
        #expect(try registry.json(.get, "/subjects?deleted=true") == [], "what was deleted makes room")
        #expect(try registry.replayed(compacted: true).portrait() == registry.portrait())
        var forced = Paper()
        _ = try forced.send(.post, "/subjects/s/versions", Self.schema("\"int\""))
        #expect(try forced.code(.put, "/mode?force=true", ["mode": "IMPORT"]) == 0)
        #expect(try forced.json(.get, "/subjects") == ["s"])
    }

    @Test func readOnlyRefusesWrites() throws {
        var registry = Paper()
        _ = try registry.send(.post, "/subjects/s/versions", Self.schema("\"int\""))
        _ = try registry.send(.put, "/mode/s", ["mode": "READONLY"])
        #expect(try registry.code(.post, "/subjects/s/versions", Self.schema("\"long\"")) == 42205)
        #expect(try registry.code(.delete, "/subjects/s") == 42205)
        #expect(try registry.code(.post, "/subjects/t/versions", Self.schema("\"long\"")) == 0)
        #expect(try registry.json(.get, "/mode/s") == ["mode": "READONLY"])
        #expect(try registry.json(.get, "/mode/t?defaultToGlobal=true") == ["mode": "READWRITE"])
        #expect(try registry.json(.delete, "/mode/s") == ["mode": "READONLY"])
        #expect(try registry.code(.post, "/subjects/s/versions", Self.schema("\"long\"")) == 0)
    }

    @Test func settingsFallBackToTheGlobalOnes() throws {
        var registry = Paper()
        #expect(try registry.json(.get, "/config") == ["compatibilityLevel": "BACKWARD"])
        #expect(try registry.json(.put, "/config", ["compatibility": "full"]) == ["compatibility": "FULL"])
        #expect(try registry.json(.get, "/config/s?defaultToGlobal=true") == ["compatibilityLevel": "FULL"])
        #expect(try registry.json(.put, "/config/s", ["compatibility": "NONE"]) == ["compatibility": "NONE"])
        #expect(try registry.json(.get, "/config/s") == ["compatibilityLevel": "NONE"])
        #expect(try registry.json(.delete, "/config/s") == ["compatibilityLevel": "NONE"])
        #expect(try registry.json(.delete, "/config") == ["compatibilityLevel": "FULL"])
        #expect(try registry.json(.get, "/config") == ["compatibilityLevel": "BACKWARD"])
    }

    @Test func listsArePagedAndFiltered() throws {
        var registry = Paper()
        for name in ["b", "a.1", "a.2", "c"] {
            _ = try registry.send(.post, "/subjects/\(name)/versions", Self.schema("\"int\""))
        }
        _ = try registry.send(.post, "/subjects/c/versions", Self.schema("\"long\""))
        #expect(try registry.json(.get, "/subjects") == ["a.1", "a.2", "b", "c"])
        #expect(try registry.json(.get, "/subjects?subjectPrefix=a.") == ["a.1", "a.2"])
        #expect(try registry.json(.get, "/subjects?subjectPrefix=:*:&offset=1&limit=2") == ["a.2", "b"])
        #expect(try registry.json(.get, "/schemas?latestOnly=true").elements?.map { $0["version"] } == [1, 1, 1, 2])
        #expect(try registry.json(.get, "/schemas?subjectPrefix=c").elements?.count == 2)
        #expect(try registry.json(.get, "/contexts") == ["."])
        #expect(try registry.json(.get, "/schemas/types") == ["AVRO"])
        #expect(try registry.json(.get, "/") == [:])
    }
}
