import EFDCore
import EFDHTTP

/// Handles requests of Confluent's REST interface. Pure: from the state to the records to write and the answer.
enum RegistryAPI {
    typealias Call = @Sendable (RegistryState, HTTPRequest) throws(RegistryRefusal) -> RegistryDecision

    /// A function with typed errors cannot be a generic argument in Swift 6.3: the compiler crashes.
    private struct Endpoint: Sendable { let call: Call }

    static let contentType = "application/vnd.schemaregistry.v1+json"

    static func decide(_ state: RegistryState, _ request: HTTPRequest) -> RegistryDecision {
        guard let segments = request.segments else {
            return refused(.malformed("The path is not percent-encoded correctly"))
        }
        switch routes.find(request.method, segments) {
        case .found(let endpoint, let parameters):
            var request = request
            request.parameters = parameters
            do throws(RegistryRefusal) {
                return try endpoint.call(state, request)
            } catch {
                return refused(error)
            }
        case .otherMethods(let allowed):
            var answer = refused(RegistryRefusal(code: 405, message: "HTTP 405 Method Not Allowed")).answer
            answer.headers["Allow"] = allowed
            return RegistryDecision(answer: answer)
        case .unknownPath: return refused(RegistryRefusal(code: 404, message: "HTTP 404 Not Found"))
        }
    }

    static func refused(_ refusal: RegistryRefusal) -> RegistryDecision {
        RegistryDecision(answer: .error(refusal.status, refusal.message, code: refusal.code, contentType: contentType))
    }

    static func answer(_ value: JSON, writing records: [RegistryRecord] = []) -> RegistryDecision {
        RegistryDecision(records: records, answer: .json(value, contentType: contentType))
    }

    private static let routes: RouteTable<Endpoint> = {
        var routes = RouteTable<Endpoint>()
        routes.on(.get, "/", Endpoint(call: empty))
        routes.on(.post, "/", Endpoint(call: empty))
        routes.on(.get, "/contexts", Endpoint(call: contexts))
        routes.on(.get, "/v1/metadata/id", Endpoint(call: clusterID))
        routes.on(.get, "/v1/metadata/version", Endpoint(call: serverVersion))
        routes.on(.get, "/schemas/types", Endpoint(call: schemaTypes))
        routes.on(.get, "/schemas", Endpoint(call: listSchemas))
        routes.on(.get, "/schemas/ids/{id}", Endpoint(call: schemaOfID))
        routes.on(.get, "/schemas/ids/{id}/schema", Endpoint(call: textOfID))
        routes.on(.get, "/schemas/ids/{id}/subjects", Endpoint(call: subjectsOfID))
        routes.on(.get, "/schemas/ids/{id}/versions", Endpoint(call: versionsOfID))
        routes.on(.get, "/subjects", Endpoint(call: listSubjects))
        routes.on(.post, "/subjects/{subject}", Endpoint(call: lookUp))
        routes.on(.delete, "/subjects/{subject}", Endpoint(call: deleteSubject))
        routes.on(.get, "/subjects/{subject}/versions", Endpoint(call: listVersions))
        routes.on(.post, "/subjects/{subject}/versions", Endpoint(call: register))
        routes.on(.get, "/subjects/{subject}/versions/{version}", Endpoint(call: schemaOfVersion))
        routes.on(.delete, "/subjects/{subject}/versions/{version}", Endpoint(call: deleteVersion))
        routes.on(.get, "/subjects/{subject}/versions/{version}/schema", Endpoint(call: textOfVersion))
        routes.on(.get, "/subjects/{subject}/versions/{version}/referencedby", Endpoint(call: referencesToVersion))
        routes.on(.post, "/compatibility/subjects/{subject}/versions/{version}", Endpoint(call: testAgainstVersion))
        routes.on(.post, "/compatibility/subjects/{subject}/versions", Endpoint(call: testAgainstLevel))
        for (path, get, put, delete) in [
            ("config", getLevel, putLevel, deleteLevel), ("mode", getMode, putMode, deleteMode),
        ] as [(String, Call, Call, Call)] {
            for path in ["/\(path)", "/\(path)/{subject}"] {
                routes.on(.get, path, Endpoint(call: get))
                routes.on(.put, path, Endpoint(call: put))
                routes.on(.delete, path, Endpoint(call: delete))
            }
        }
        return routes
    }()

    private static func empty(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    { answer([:]) }
    private static func contexts(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    { answer(["."]) }
    private static func schemaTypes(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    { answer(["AVRO"]) }
    private static func clusterID(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        answer(["scope": ["path": [], "clusters": ["kafka-cluster": "", "schema-registry-cluster": "efd"]], "id": ""])
    }
    private static func serverVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        answer(["version": .string(BuildInfo.version), "commitId": ""])
    }
}

extension HTTPRequest {
    /// The subject in the path. Confluent's `:.:name` is a name of the default context; other contexts are not
    /// supported.
    var subject: String {
        get throws(RegistryRefusal) {
            let name = parameters["subject"] ?? ""
            if name.hasPrefix(":.:") { return String(name.dropFirst(3)) }
            guard !name.hasPrefix(":.") else {
                throw .invalidSubject(
                    "The subject '\(name)' is in another context; this registry only has the default one")
            }
            guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                throw .invalidSubject("The subject's name contains a control character")
            }
            return name
        }
    }

    /// The body, a JSON object.
    var document: JSON {
        get throws(RegistryRefusal) {
            let document: JSON
            do throws(EFDError) {
                document = try JSON.parse(body)
            } catch {
                throw .malformed("The request body is unreadable: \(error.message)")
            }
            guard document.members != nil else { throw .malformed("The request body is not a JSON object") }
            return document
        }
    }

    /// One page of a list, by `offset` and `limit`.
    func page<Element>(_ list: [Element]) -> [Element] {
        let start = max(0, query("offset").flatMap { Int($0) } ?? 0)
        let limit = query("limit").flatMap { Int($0) } ?? -1
        let rest = list.dropFirst(start)
        return Array(limit < 0 ? rest : rest.prefix(limit))
    }
}
