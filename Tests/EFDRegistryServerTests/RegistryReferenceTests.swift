import EFDCore
import EFDHTTP
import Testing

@testable import EFDRegistryServer

/// Schemas that name types of other subjects.
struct RegistryReferenceTests {
    typealias Paper = RegistryOnPaper

    private static let point =
        #"{"type":"record","name":"Point","namespace":"n","fields":[{"name":"x","type":"double"}]}"#
    private static let line =
        #"{"type":"record","name":"Line","namespace":"n","fields":[{"name":"from","type":"n.Point"},{"name":"to","type":"n.Point"}]}"#
    private static let shape =
        #"{"type":"record","name":"Shape","namespace":"n","fields":[{"name":"side","type":"n.Line"},{"name":"middle","type":"n.Point"}]}"#

    private static func body(_ text: String, _ references: (name: String, subject: String, version: Int)...) -> JSON {
        let list = references.map {
            JSON.object([
                "name": .string($0.name), "subject": .string($0.subject), "version": .integer(Int64($0.version)),
            ])
        }
        return ["schema": .string(text), "references": .array(list)]
    }

    /// Point, a line of points, and a shape that needs both: a diamond.
    private static func shapes() throws -> Paper {
        var registry = Paper()
        #expect(try registry.json(.post, "/subjects/point/versions", body(point)) == ["id": 1])
        #expect(try registry.json(.post, "/subjects/line/versions", body(line, ("n.Point", "point", 1))) == ["id": 2])
        let whole = body(shape, ("n.Line", "line", 1), ("n.Point", "point", 1))
        #expect(try registry.json(.post, "/subjects/shape/versions", whole) == ["id": 3])
        #expect(try registry.json(.post, "/subjects/shape/versions", whole) == ["id": 3], "the same again")
        return registry
    }

    @Test func referencesAreTakenShownAndFollowed() throws {
        var registry = try Self.shapes()
        let reference: JSON = [["name": "n.Point", "subject": "point", "version": 1]]
        #expect(try registry.json(.get, "/schemas/ids/2")["references"] == reference)
        #expect(try registry.json(.get, "/subjects/line/versions/1")["references"] == reference)
        #expect(try registry.json(.get, "/schemas/ids/1")["references"] == nil)
        #expect(try registry.json(.get, "/subjects/point/versions/1/referencedby") == [2, 3])
        #expect(try registry.json(.get, "/subjects/shape/versions/1/referencedby") == [])
        #expect(
            try registry.json(.post, "/subjects/line", Self.body(Self.line, ("n.Point", "point", 1)))["version"] == 1)
        #expect(try registry.replayed().portrait() == registry.portrait())
        #expect(try registry.replayed(compacted: true).portrait() == registry.portrait())
    }

    @Test func whatIsMissingIsNamed() throws {
        var registry = Paper()
        #expect(
            try registry.code(.post, "/subjects/line/versions", ["schema": .string(Self.line)]) == 42201,
            "the type is unknown without the reference")
        let answer = try registry.json(.post, "/subjects/line/versions", Self.body(Self.line, ("n.Point", "point", 1)))
        #expect(answer["error_code"] == 42201 && answer["message"]?.string?.contains("subject 'point'") == true)
        #expect(
            try registry.code(
                .post, "/subjects/line/versions", ["schema": .string(Self.line), "references": [["name": "n.Point"]]])
                == 42201)
        #expect(registry.log.isEmpty)
    }

    @Test func whatOthersNeedIsNotDeleted() throws {
        var registry = try Self.shapes()
        #expect(try registry.code(.delete, "/subjects/point") == 42206)
        #expect(try registry.code(.delete, "/subjects/point/versions/1") == 42206)
        #expect(try registry.code(.delete, "/subjects/shape") == 0)
        #expect(try registry.code(.delete, "/subjects/line") == 0, "a deleted schema holds nothing")
        #expect(try registry.code(.delete, "/subjects/point") == 0)
    }

    @Test func compatibilityLooksThroughReferences() throws {
        var registry = try Self.shapes()
        // A second point without a default for its new field: lines of it cannot read lines of the first.
        let wide =
            #"{"type":"record","name":"Point","namespace":"n","fields":[{"name":"x","type":"double"},{"name":"y","type":"double"}]}"#
        _ = try registry.send(.put, "/config/point", ["compatibility": "NONE"])
        #expect(try registry.json(.post, "/subjects/point/versions", Self.body(wide)) == ["id": 4])
        let next = Self.body(Self.line, ("n.Point", "point", 2))
        #expect(
            try registry.json(.post, "/compatibility/subjects/line/versions/latest", next)["is_compatible"] == false)
        #expect(try registry.code(.post, "/subjects/line/versions", next) == 409)
        _ = try registry.send(.put, "/config/line", ["compatibility": "NONE"])
        #expect(
            try registry.json(.post, "/subjects/line/versions", next) == ["id": 5],
            "one text with other references is another schema")
    }

    @Test func importTakesReferencesUnchecked() throws {
        var registry = Paper()
        _ = try registry.send(.put, "/mode", ["mode": "IMPORT"])
        let line: JSON = [
            "schema": .string(Self.line), "references": [["name": "n.Point", "subject": "point", "version": 4]],
            "id": 70, "version": 3,
        ]
        #expect(try registry.json(.post, "/subjects/line/versions", line) == ["id": 70])
        #expect(
            try registry.json(.get, "/subjects/line/versions/3")["references"] == [
                ["name": "n.Point", "subject": "point", "version": 4]
            ])
        let other: JSON = ["schema": .string(Self.line), "id": 70, "version": 4]
        #expect(try registry.code(.post, "/subjects/line/versions", other) == 42205, "the id has other references")
    }
}
