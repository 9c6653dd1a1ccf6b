import EFDCore

/// The pages for operators and Kubernetes: `/metrics`, `/livez` (and `/healthz`), `/readyz`.
public struct OperationsServer: Sendable {
    /// A setting of every service, to read its value.
    public static let listen = listen(of: "")

    /// The same setting with the program's own port as its default, for the program's table.
    public static func listen(of program: String) -> Setting<HostPort> {
        .address(
            "http-listen", default: ServicePort.address(of: program),
            help: "Address of /metrics, /healthz and /readyz; port 0 takes a free one and logs it.")
    }

    private let server: HTTPServer
    public var address: HostPort { server.address }

    /// `more` are the service's own pages, matched first.
    public init(
        _ address: HostPort, metrics: Metrics, health: Health, log: Log = .silent, options: HTTPServerOptions? = nil,
        more: HTTPRouter = HTTPRouter()
    ) throws(EFDError) {
        var options = options ?? HTTPServerOptions()
        options.address = address
        server = try HTTPServer(options, log: log, router: Self.routes(metrics, health, more))
        log.info("operations pages are available", ["address": .text("http://\(server.address)")])
    }

    public func stop() { server.stop() }

    /// Only the routes, for services that already have a server.
    public static func routes(_ metrics: Metrics, _ health: Health, _ router: HTTPRouter = HTTPRouter()) -> HTTPRouter {
        var router = router
        router.on(.get, "/metrics") { request in
            // As other Prometheus exporters: with thousands of topics, one metric's page is faster than that of all.
            let names = Set(request.query.filter { $0.name == "name[]" }.map(\.value))
            return .text(metrics.text(of: names), contentType: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.on(.get, "/livez") { _ in liveness(health) }
        router.on(.get, "/healthz") { _ in liveness(health) }
        router.on(.get, "/readyz") { _ in readiness(health) }
        return router
    }

    /// 503 if a thread hangs; remote systems do not matter here.
    private static func liveness(_ health: Health) -> HTTPResponse {
        let stalled = health.stalled.map { stall in
            JSON.object(["thread": .string(stall.name), "seconds": .real((stall.age * 10).rounded() / 10)])
        }
        return .json(
            ["alive": .bool(stalled.isEmpty), "stalled": .array(stalled)], status: stalled.isEmpty ? 200 : 503)
    }

    /// 503 with every condition's message if any of them is not met.
    private static func readiness(_ health: Health) -> HTTPResponse {
        let conditions = health.conditions
        let isReady = !conditions.isEmpty && conditions.allSatisfy(\.isMet)
        let list = conditions.map { condition in
            JSON.object([
                "name": .string(condition.name), "met": .bool(condition.isMet), "message": .string(condition.message),
            ])
        }
        let text = JSON.object(["ready": .bool(isReady), "conditions": .array(list)]).prettyText + "\n"
        return .text(text, status: isReady ? 200 : 503, contentType: "application/json")
    }
}
