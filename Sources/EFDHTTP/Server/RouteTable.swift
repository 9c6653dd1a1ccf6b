/// The routes by method and path. A pattern is a path whose `{name}` parts match any one segment:
/// `/subjects/{subject}/versions`.
public struct RouteTable<Value: Sendable>: Sendable {
    public enum Match: Sendable {
        case found(Value, parameters: [String: String])
        /// The path exists, with other methods: the value of the `Allow` header.
        case otherMethods(String)
        case unknownPath
    }

    private enum Part: Sendable {
        case literal(String)
        case parameter(String)
    }

    private struct Route: Sendable {
        let method: HTTPMethod
        let parts: [Part]
        let value: Value
    }

    private var routes: [Route] = []

    public init() {}

    /// Earlier routes take precedence.
    public mutating func on(_ method: HTTPMethod, _ pattern: String, _ value: Value) {
        let parts = pattern.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? Part.parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
        routes.append(Route(method: method, parts: parts, value: value))
    }

    /// `HEAD` uses the route of `GET`.
    public func find(_ method: HTTPMethod, _ segments: [String]) -> Match {
        let method = method == .head ? HTTPMethod.get : method
        var others: Set<String> = []
        for route in routes {
            guard let parameters = Self.match(route.parts, segments) else { continue }
            if route.method == method { return .found(route.value, parameters: parameters) }
            others.insert(route.method.rawValue)
        }
        if others.isEmpty { return .unknownPath }
        return .otherMethods(others.union(others.contains("GET") ? ["HEAD"] : []).sorted().joined(separator: ", "))
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
