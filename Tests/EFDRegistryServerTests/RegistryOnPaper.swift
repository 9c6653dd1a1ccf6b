import EFDCore
import EFDHTTP
import EFDRegistry

@testable import EFDRegistryServer

/// A registry without Kafka or HTTP: its log is a list, written and read back in the topic's format.
struct RegistryOnPaper {
    typealias Entry = (key: String, value: String?)

    private(set) var state = RegistryState()
    private(set) var log: [Entry] = []

    mutating func send(_ method: HTTPMethod, _ target: String, _ body: JSON? = nil) throws -> HTTPResponse {
        let parts = target.split(separator: "?", maxSplits: 1)
        let query = (parts.count > 1 ? parts[1].split(separator: "&") : []).map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(sides[0]), value: sides.count > 1 ? String(sides[1]) : "")
        }
        let request = HTTPRequest(
            method, String(parts.first ?? "/"), query: query, body: body.map { Array($0.text.utf8) } ?? [])
        let decision = RegistryAPI.decide(state, request)
        for record in decision.records {
            log.append((record.key, record.value))
            state.apply(try Self.record((record.key, record.value)))
        }
        return decision.answer
    }

    /// The error code of the answer, or 0 when it is a success.
    mutating func code(_ method: HTTPMethod, _ target: String, _ body: JSON? = nil) throws -> Int {
        let answer = try send(method, target, body)
        return answer.isSuccess ? 0 : Int(try answer.json()["error_code"]?.integer ?? -1)
    }

    mutating func json(_ method: HTTPMethod, _ target: String, _ body: JSON? = nil) throws -> JSON {
        try send(method, target, body).json()
    }

    /// The state of another registry that reads the same log, complete or compacted.
    func replayed(compacted: Bool = false) throws -> RegistryOnPaper {
        var copy = RegistryOnPaper()
        for (index, entry) in log.enumerated() {
            let isOverwritten = log[(index + 1)...].contains { $0.key == entry.key }
            if compacted && (isOverwritten || entry.value == nil) { continue }
            copy.log.append(entry)
            copy.state.apply(try Self.record(entry))
        }
        return copy
    }

    /// All that can be asked, as one text.
    func portrait() throws -> String {
        var copy = self
        var text =
            try copy.send(.get, "/schemas?deleted=true").text + copy.send(.get, "/subjects").text
            + copy.send(.get, "/config").text
        text += try copy.send(.get, "/mode").text
        for subject in state.subjects.keys.sorted() {
            text += try copy.send(.get, "/config/\(subject)").text + copy.send(.get, "/mode/\(subject)").text
            text += try copy.send(.get, "/subjects/\(subject)/versions").text
        }
        for id in state.texts.keys.sorted() { text += try "\n\(id) " + copy.send(.get, "/schemas/ids/\(id)").text }
        return text
    }

    private static func record(_ entry: Entry) throws -> RegistryRecord {
        try RegistryRecord(key: Array(entry.key.utf8), value: entry.value.map { Array($0.utf8) })
    }

    static func record(_ fields: String...) -> String {
        #"{"type":"record","name":"R","fields":["# + fields.joined(separator: ",") + "]}"
    }
    static let a = record(#"{"name":"a","type":"int"}"#)
    static let ab = record(#"{"name":"a","type":"int"}"#, #"{"name":"b","type":"int"}"#)
    static let abDefault = record(#"{"name":"a","type":"int"}"#, #"{"name":"b","type":"int","default":0}"#)
}
