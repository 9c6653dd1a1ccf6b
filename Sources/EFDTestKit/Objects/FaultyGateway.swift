import EFDCore
import EFDHTTP

/// Stands before an object store and makes a share of the requests fail: half of them never reach the store, the others
/// do, and their answer is lost. What fails follows from a seed and the order of requests.
public final class FaultyGateway: Sendable {
    public var url: String { "http://\(server.address)" }
    private let server: HTTPServer
    private let counts: Locked<(requests: Int, faults: Int)>

    /// - Parameter share: of the requests that fail, 0 to 1.
    public init(before upstream: String, share: Double, seed: UInt64 = 10) throws(EFDError) {
        let counts = Locked((requests: 0, faults: 0))
        self.counts = counts
        let generator = Locked(SeededGenerator(seed: seed))
        let http = HTTPClient()
        let base = try HTTPURL(upstream).authority
        var options = HTTPServerOptions()
        options.maximumBodyBytes = 64 << 20
        options.threads = .perConnection
        server = try HTTPServer(options) { request in
            let draw = generator.withLock { Double.random(in: 0..<1, using: &$0) }
            counts.withLock { $0 = ($0.requests + 1, $0.faults + (draw < share ? 1 : 0)) }
            let refusal = HTTPResponse.text(
                "<Error><Code>InternalError</Code><Message>made to fail</Message></Error>", status: 500)
            if draw < share / 2 { return refusal }
            let query = request.query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
                .joined(separator: "&")
            // Only the signed host: the other headers belong to this connection.
            let kept = request.headers.entries.filter {
                !["connection", "content-length", "accept", "user-agent"].contains($0.name.lowercased())
            }
            guard let url = try? HTTPURL("http://\(base)\(request.path)\(query.isEmpty ? "" : "?\(query)")"),
                let answer = try? http.request(
                    request.method, url, headers: HTTPHeaders(kept), body: request.body.isEmpty ? nil : request.body)
            else { return HTTPResponse(status: 502) }
            return draw < share
                ? refusal : HTTPResponse(status: answer.status, headers: Self.passed(answer), body: answer.body)
        }
    }

    /// The server sets lengths itself: sizes that HEAD would tell are lost on this way.
    private static func passed(_ answer: HTTPResponse) -> HTTPHeaders {
        HTTPHeaders(answer.headers.entries.filter { ["content-type", "etag"].contains($0.name.lowercased()) })
    }

    public var requests: Int { counts.withLock { $0.requests } }
    public var faults: Int { counts.withLock { $0.faults } }

    public func stop() { server.stop() }
}
