import CMicrohttpd
import EFDCore

/// One request while it arrives. libmicrohttpd passes it from call to call; one thread accesses it.
final class HTTPExchange {
    let method: HTTPMethod?
    private let path: String
    private let query: [(name: String, value: String)]?
    private let headers: HTTPHeaders
    private let bodyLimit: Int
    private var body: [UInt8] = []
    private(set) var isOverLimit: Bool

    init(_ connection: OpaquePointer, method: String, path: String, bodyLimit: Int) {
        self.method = HTTPMethod(rawValue: method)
        self.path = path
        self.bodyLimit = bodyLimit
        headers = HTTPHeaders(Self.values(connection, .HEADER_KIND))
        let raw = Self.values(connection, .GET_ARGUMENT_KIND)
        let decoded = raw.compactMap { pair in
            PercentEncoding.decode(pair.name).flatMap { name in
                PercentEncoding.decode(pair.value).map { (name: name, value: $0) }
            }
        }
        query = decoded.count == raw.count ? decoded : nil
        isOverLimit = headers["Content-Length"].flatMap { Int($0) }.map { $0 > bodyLimit } ?? false
    }

    /// Bytes over the limit are dropped; the answer will be 413.
    func append(_ data: UnsafeRawBufferPointer) {
        if body.count + data.count > bodyLimit { isOverLimit = true }
        if !isOverLimit { body.append(contentsOf: data) }
    }

    func answer(_ handler: HTTPHandler) -> HTTPResponse {
        guard let method else { return .error(501, "The request method is not supported") }
        if isOverLimit { return .error(413, "The request body is larger than \(bodyLimit) bytes") }
        guard let query else { return .error(400, "The query is not percent-encoded correctly") }
        return handler(HTTPRequest(method, path, query: query, headers: headers, body: body))
    }

    private final class Values { var list: [(name: String, value: String)] = [] }

    private static func values(_ connection: OpaquePointer, _ kind: MHD_ValueKind) -> [(name: String, value: String)] {
        let values = Values()
        MHD_get_connection_values(connection, kind, collect, Unmanaged.passUnretained(values).toOpaque())
        return values.list
    }

    private static let collect: MHD_KeyValueIterator = { context, _, name, value in
        let values = Unmanaged<Values>.fromOpaque(context!).takeUnretainedValue()
        values.list.append((name.map { String(cString: $0) } ?? "", value.map { String(cString: $0) } ?? ""))
        return .YES
    }
}
