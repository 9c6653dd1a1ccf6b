import EFDCore
import EFDHTTP
import EFDRegistry
import Testing

@testable import EFDRegistryServer

struct RegistryCompatibilityTests {
    struct Step: Sendable, CustomTestStringConvertible {
        let level: CompatibilityLevel
        let earlier: [String]
        let next: String
        let isTaken: Bool
        let note: String
        var testDescription: String { "\(level.rawValue): \(note)" }
    }

    private static let a = RegistryOnPaper.a
    private static let ab = RegistryOnPaper.ab
    private static let abDefault = RegistryOnPaper.abDefault

    @Test(arguments: [
        Step(level: .backward, earlier: [a], next: abDefault, isTaken: true, note: "a field with a default is added"),
        Step(level: .backward, earlier: [a], next: ab, isTaken: false, note: "a field without a default is added"),
        Step(level: .backward, earlier: [ab], next: a, isTaken: true, note: "a field is removed"),
        Step(level: .forward, earlier: [a], next: ab, isTaken: true, note: "a field is added"),
        Step(level: .forward, earlier: [ab], next: a, isTaken: false, note: "a field without a default is removed"),
        Step(level: .forward, earlier: [abDefault], next: a, isTaken: true, note: "a field with a default is removed"),
        Step(level: .full, earlier: [a], next: abDefault, isTaken: true, note: "a field with a default is added"),
        Step(level: .full, earlier: [a], next: ab, isTaken: false, note: "a field without a default is added"),
        Step(level: .full, earlier: [ab], next: a, isTaken: false, note: "a field without a default is removed"),
        Step(level: .none, earlier: [a], next: "\"string\"", isTaken: true, note: "anything goes"),
        Step(level: .backward, earlier: ["\"int\""], next: "\"long\"", isTaken: true, note: "promotion"),
        Step(level: .backward, earlier: ["\"long\""], next: "\"int\"", isTaken: false, note: "demotion"),
        Step(level: .forward, earlier: ["\"long\""], next: "\"int\"", isTaken: true, note: "demotion"),
        Step(
            level: .backward, earlier: ["\"string\"", "\"int\""], next: "\"long\"", isTaken: true,
            note: "only the last counts"),
        Step(
            level: .backwardTransitive, earlier: ["\"string\"", "\"int\""], next: "\"long\"", isTaken: false,
            note: "all count"),
        Step(
            level: .forwardTransitive, earlier: ["\"string\"", "\"long\""], next: "\"int\"", isTaken: false,
            note: "all count"),
        Step(
            level: .fullTransitive, earlier: ["\"int\"", "\"string\""], next: "\"bytes\"", isTaken: false,
            note: "all count"),
    ])
    func schemasAreTakenByTheSubjectsLevel(step: Step) throws {
        var registry = RegistryOnPaper()
        _ = try registry.send(.put, "/config/s", ["compatibility": "NONE"])
        for schema in step.earlier { _ = try registry.send(.post, "/subjects/s/versions", ["schema": .string(schema)]) }
        _ = try registry.send(.put, "/config/s", ["compatibility": .string(step.level.rawValue)])
        let body: JSON = ["schema": .string(step.next)]
        let verdict = try registry.json(.post, "/compatibility/subjects/s/versions?verbose=true", body)
        #expect(verdict["is_compatible"] == .bool(step.isTaken))
        #expect(verdict["messages"]?.elements?.isEmpty == step.isTaken)
        let answer = try registry.send(.post, "/subjects/s/versions", body)
        #expect(answer.status == (step.isTaken ? 200 : 409))
        if !step.isTaken {
            #expect(try answer.json()["error_code"] == 409)
            let message = try #require(try answer.json()["message"]?.string)
            let detail = try #require(verdict["messages"]?.elements?.first?.string)
            #expect(message.contains(detail), "the refusal says why")
        }
        if let last = step.earlier.last {
            #expect(
                try registry.code(.post, "/subjects/s/versions", ["schema": .string(last)]) == 0,
                "what is registered is never checked")
        }
    }

    @Test func aDeletedVersionIsNotComparedWith() throws {
        var registry = RegistryOnPaper()
        _ = try registry.send(.post, "/subjects/s/versions", ["schema": "\"int\""])
        #expect(try registry.code(.post, "/subjects/s/versions", ["schema": "\"string\""]) == 409)
        _ = try registry.send(.delete, "/subjects/s/versions/1")
        #expect(try registry.code(.post, "/subjects/s/versions", ["schema": "\"string\""]) == 0)
    }

    @Test func oneVersionCanBeTestedAgainst() throws {
        var registry = RegistryOnPaper()
        _ = try registry.send(.put, "/config/s", ["compatibility": "NONE"])
        for type in ["string", "int"] {
            _ = try registry.send(.post, "/subjects/s/versions", ["schema": .string("\"\(type)\"")])
        }
        _ = try registry.send(.put, "/config/s", ["compatibility": "BACKWARD"])
        let body: JSON = ["schema": "\"long\""]
        #expect(try registry.json(.post, "/compatibility/subjects/s/versions/1", body) == ["is_compatible": false])
        #expect(try registry.json(.post, "/compatibility/subjects/s/versions/2", body) == ["is_compatible": true])
        #expect(try registry.json(.post, "/compatibility/subjects/s/versions/latest", body) == ["is_compatible": true])
        #expect(try registry.json(.post, "/compatibility/subjects/new/versions", body) == ["is_compatible": true])
    }
}
