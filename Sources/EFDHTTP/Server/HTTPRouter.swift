import EFDCore

public typealias HTTPHandler = @Sendable (HTTPRequest) -> HTTPResponse

/// Passes each request to the handler of its method and path. For `HEAD`, libmicrohttpd omits the body of the `GET`
/// answer.
public struct HTTPRouter: Sendable {
    private var routes = RouteTable<HTTPHandler>()
    /// The answer if no route matches: status (400, 404 or 405) and message.
    public var refuse: @Sendable (Int, String) -> HTTPResponse = { .error($0, $1) }

    public init() {}

    /// `pattern` as in `RouteTable`; the handler finds the values of `{name}` in `request.parameters`.
    public mutating func on(_ method: HTTPMethod, _ pattern: String, _ handler: @escaping HTTPHandler) {
        routes.on(method, pattern, handler)
    }

    public func respond(to request: HTTPRequest) -> HTTPResponse {
        guard let segments = request.segments else {
            return refuse(400, "The path \(request.path) is not percent-encoded correctly")
        }
        switch routes.find(request.method, segments) {
        case .found(let handler, let parameters):
            var request = request
            request.parameters = parameters
            return handler(request)
        case .otherMethods(let allowed):
            var answer = refuse(405, "\(request.method.rawValue) is not allowed on \(request.path)")
            answer.headers["Allow"] = allowed
            return answer
        case .unknownPath: return refuse(404, "There is nothing at \(request.path)")
        }
    }
}
