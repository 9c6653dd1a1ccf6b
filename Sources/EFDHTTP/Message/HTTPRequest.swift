/// A complete request at a server.
public struct HTTPRequest: Sendable {
    public let method: HTTPMethod
    /// As sent, still percent-encoded, without the query.
    public let path: String
    /// The path's parts, decoded separately, so that `%2F` does not split a name. Nil: an encoding is broken.
    public let segments: [String]?
    /// Decoded, in order.
    public let query: [(name: String, value: String)]
    public let headers: HTTPHeaders
    public let body: [UInt8]
    /// The values of the route's `{name}` parts; the router sets them.
    public var parameters: [String: String] = [:]

    public init(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String)] = [], headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        let parts = path.split(separator: "/")
        let decoded = parts.compactMap { PercentEncoding.decode($0) }
        segments = decoded.count == parts.count ? decoded : nil
    }

    /// The first query parameter of that name; nil if there is none.
    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// True for `?name`, `?name=` and `?name=true`.
    public func flag(_ name: String) -> Bool { query(name).map { $0.isEmpty || $0.lowercased() == "true" } ?? false }

    public var text: String { String(decoding: body, as: UTF8.self) }
}
