import EFDCore
import EFDHTTP
import EFDRegistry

/// A server that answers the next request with the next of its answers, the last one repeatedly, and keeps what it was
/// asked.
final class ScriptedRegistry: Sendable {
    private struct State {
        var answers: [HTTPResponse]
        var asked: [HTTPRequest] = []
    }
    private let state: Locked<State>
    private let server: HTTPServer

    init(_ answers: [HTTPResponse]) throws {
        let state = Locked(State(answers: answers))
        self.state = state
        server = try HTTPServer(HTTPServerOptions()) { request in
            state.withLock { state in
                state.asked.append(request)
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
        }
    }

    convenience init(status: Int, code: Int, _ message: String = "rejected by the script") throws {
        try self.init([.error(status, message, code: code)])
    }

    var asked: [HTTPRequest] { state.withLock { $0.asked } }
    var url: String { "http://\(server.address)" }
    func stop() { server.stop() }

    func client(_ others: [String] = [], change: (inout RegistryOptions) -> Void = { _ in }) throws -> RegistryClient {
        var options = try RegistryOptions([url] + others)
        options.backoff = Backoff(base: 0.001, cap: 0.002)
        change(&options)
        return RegistryClient(options)
    }
}
