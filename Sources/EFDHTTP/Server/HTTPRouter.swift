import EFDCore

public typealias HTTPHandler = @Sendable (HTTPRequest) -> HTTPResponse

/// Finds the handler of a request by method and path. `HEAD` goes where `GET` goes; libmicrohttpd leaves its body out.
public struct HTTPRouter: Sendable {
    private enum Part: Sendable {
        case literal(String)
        case parameter(String)
    }

    private struct Route: Sendable {
        let method: HTTPMethod
        let parts: [Part]
        let handler: HTTPHandler
    }

    private var routes: [Route] = []
    /// Answers what no route fits: status (400, 404 or 405) and message.
    public var refuse: @Sendable (Int, String) -> HTTPResponse = { .error($0, $1) }

    public init() {}

    /// `pattern` is a path whose `{name}` parts match any one segment: `/subjects/{subject}/versions`. Earlier routes go first.
    public mutating func on(_ method: HTTPMethod, _ pattern: String, _ handler: @escaping HTTPHandler) {
        let parts = pattern.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? Part.parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
        routes.append(Route(method: method, parts: parts, handler: handler))
    }

    public func respond(to request: HTTPRequest) -> HTTPResponse {
        guard let segments = request.segments else { return refuse(400, "The path \(request.path) is not percent-encoded correctly") }
        let method = request.method == .head ? HTTPMethod.get : request.method
        var others: Set<String> = []
        for route in routes {
            guard let parameters = Self.match(route.parts, segments) else { continue }
            guard route.method == method else {
                others.insert(route.method.rawValue)
                continue
            }
            var request = request
            request.parameters = parameters
            return route.handler(request)
        }
        if others.isEmpty { return refuse(404, "There is nothing at \(request.path)") }
        var answer = refuse(405, "\(request.method.rawValue) is not possible on \(request.path)")
        answer.headers["Allow"] = others.union(others.contains("GET") ? ["HEAD"] : []).sorted().joined(separator: ", ")
        return answer
    }

    private static func match(_ parts: [Part], _ segments: [String]) -> [String: String]? {
        guard parts.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let text): if text != segment { return nil }
            case .parameter(let name): found[name] = segment
            }
        }
        return found
    }
}
