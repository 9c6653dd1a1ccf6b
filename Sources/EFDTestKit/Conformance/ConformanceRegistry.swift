import EFDCore
import EFDHTTP

/// The schema registry of the conformance suite: schemas by id, some of which a run knows only after a while.
///
/// Each run has an address of its own, since connectors remember what a registry answered.
final class ConformanceRegistry: Sendable {
    static let shared = Result { () throws(EFDError) in try ConformanceRegistry() }

    private struct State {
        var schemas: [Int32: String] = [
            ConformanceRecords.plain: ConformanceRecords.plainSchema,
            ConformanceRecords.wider: ConformanceRecords.widerSchema,
        ]
        /// Runs that know the schema which is unknown at first.
        var knowing: Set<String> = []
    }

    private let state: Locked<State>
    private let server: HTTPServer

    private init() throws(EFDError) {
        let state = Locked(State())
        self.state = state
        var router = HTTPRouter()
        router.on(.get, "/{run}/schemas/ids/{id}") { request in
            let id = request.parameters["id"].flatMap { Int32($0) } ?? 0
            let run = request.parameters["run"] ?? ""
            let text = state.withLock { state in
                if id == ConformanceRecords.unknown {
                    return state.knowing.contains(run) ? ConformanceRecords.plainSchema : nil
                }
                return state.schemas[id]
            }
            guard let text else { return .error(404, "no such schema", code: 40403) }
            return .json(["schema": .string(text)])
        }
        server = try HTTPServer(
            HTTPServerOptions(HostPort(host: "127.0.0.1", port: 0)), log: .silent, router: router)
    }

    func url(run: String) -> String { "http://127.0.0.1:\(server.address.port)/\(run)" }

    /// The run knows the schema of the unknown id from now on.
    func reveal(to run: String) { state.withLock { _ = $0.knowing.insert(run) } }

    /// The id of a schema.
    func register(_ schema: String) -> Int32 {
        state.withLock { state in
            if let known = state.schemas.first(where: { $0.value == schema }) { return known.key }
            let id = 100 + Int32(state.schemas.count)
            state.schemas[id] = schema
            return id
        }
    }
}
