import EFDCore
import EFDHTTP

/// A server that returns the request it received, and its URL.
struct Echo {
    let server: HTTPServer
    let url: HTTPURL

    init(_ change: (inout HTTPServerOptions) -> Void = { _ in }, router: HTTPRouter = Echo.router) throws {
        var options = HTTPServerOptions()
        change(&options)
        server = try HTTPServer(options, router: router)
        url = try HTTPURL("\(options.tls == nil ? "http" : "https")://\(server.address)")
    }

    static let router = {
        var router = HTTPRouter()
        for method in [HTTPMethod.get, .post, .put, .delete] {
            router.on(method, "/echo") { request in
                HTTPResponse(
                    status: 200,
                    headers: [
                        "X-Method": request.method.rawValue,
                        "X-Query": request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|"),
                        "X-Authorization": request.headers["authorization"] ?? "none",
                        "X-Content-Type": request.headers["content-type"] ?? "none",
                        "Content-Type": "application/octet-stream",
                    ], body: request.body)
            }
        }
        router.on(.get, "/subjects/{subject}/versions/{version}") { request in
            .text("\(request.parameters["subject"]!) at \(request.parameters["version"]!)")
        }
        router.on(.get, "/large") { request in
            HTTPResponse(status: 200, body: Array(repeating: 7, count: Int(request.query("bytes") ?? "0")!))
        }
        return router
    }()
}
