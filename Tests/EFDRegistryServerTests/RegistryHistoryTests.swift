import EFDCore
import EFDHTTP
import EFDTestKit
import Testing

@testable import EFDRegistryServer

/// After any requests to a registry, another that reads its log, complete or compacted, must have the same state.
struct RegistryHistoryTests {
    private static let schemas = ["\"int\"", "\"long\"", "\"float\"", "\"double\"", "\"string\"", "\"bytes\""]

    private static func step(_ generator: inout SeededGenerator) -> (method: HTTPMethod, target: String, body: JSON?) {
        let subject = ["s", "t", "u"].randomElement(using: &generator)!
        let version = Int.random(in: 1...5, using: &generator)
        let schema = JSON.string(schemas.randomElement(using: &generator)!)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0...4: return (.post, "/subjects/\(subject)/versions", ["schema": schema])
        case 5...6:
            let body: JSON = [
                "schema": schema, "id": .integer(.random(in: 1...20, using: &generator)),
                "version": .integer(Int64(version)),
            ]
            return (.post, "/subjects/\(subject)/versions", body)
        case 7: return (.delete, "/subjects/\(subject)/versions/\(version)", nil)
        case 8: return (.delete, "/subjects/\(subject)/versions/\(version)?permanent=true", nil)
        case 9: return (.delete, "/subjects/\(subject)", nil)
        case 10: return (.delete, "/subjects/\(subject)?permanent=true", nil)
        case 11:
            return (
                .put, "/config/\(subject)",
                ["compatibility": .string(["NONE", "FULL"].randomElement(using: &generator)!)]
            )
        case 12: return (.delete, "/config/\(subject)", nil)
        case 13:
            let mode = ["READWRITE", "READWRITE", "READONLY", "IMPORT"].randomElement(using: &generator)!
            return (.put, "/mode/\(subject)?force=\(Bool.random(using: &generator))", ["mode": .string(mode)])
        case 14: return (.delete, "/mode/\(subject)", nil)
        default:
            let mode = ["READWRITE", "READWRITE", "IMPORT"].randomElement(using: &generator)!
            return (.put, "/mode?force=\(Bool.random(using: &generator))", ["mode": .string(mode)])
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func theLogTellsTheWholeState(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var registry = RegistryOnPaper()
        _ = try registry.send(.put, "/config", ["compatibility": "NONE"])
        var history: [String] = []
        for _ in 0..<60 {
            let (method, target, body) = Self.step(&generator)
            let answer = try registry.send(method, target, body)
            #expect(answer.status < 500)
            if answer.isSuccess { history.append("\(method.rawValue) \(target) \(body?.text ?? "")") }
            for (subject, versions) in registry.state.subjects {
                #expect(!versions.isEmpty && versions.map(\.number) == versions.map(\.number).sorted(), "\(subject)")
                #expect(versions.allSatisfy { registry.state.texts[$0.id] != nil }, "every version has its text")
            }
        }
        let portrait = try registry.portrait()
        #expect(try registry.replayed().portrait() == portrait)
        let compacted = try registry.replayed(compacted: true).portrait()
        #expect(compacted == portrait, "\(history.joined(separator: " ; "))")
    }
}
