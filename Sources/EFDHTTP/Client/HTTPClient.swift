import EFDCore

/// Sends requests from any thread, over keep-alive connections that serve one request at a time.
public final class HTTPClient: Sendable {
    private let options: HTTPClientOptions
    private let idle = Locked<[HTTPConnection]>([])
    private let maximumIdle: Int

    /// Keeps up to `maximumIdle` connections open between requests.
    public init(_ options: HTTPClientOptions = HTTPClientOptions(), maximumIdle: Int = 8) {
        self.options = options
        self.maximumIdle = maximumIdle
    }

    /// See `HTTPConnection.request`.
    public func request(_ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = [:], body: [UInt8]? = nil)
        throws(EFDError) -> HTTPResponse
    {
        guard let body else { return try request(method, url, headers: headers, bytes: nil) }
        let result = body.withUnsafeBytes { bytes in
            Result { () throws(EFDError) in try request(method, url, headers: headers, bytes: bytes) }
        }
        return try result.get()
    }

    /// See `HTTPConnection.request`. The body is not copied.
    public func request(
        _ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = [:], bytes: UnsafeRawBufferPointer?
    ) throws(EFDError) -> HTTPResponse {
        let connection = idle.withLock { $0.popLast() } ?? HTTPConnection(options)
        defer { idle.withLock { if $0.count < maximumIdle { $0.append(connection) } } }
        return try connection.request(method, url, headers: headers, body: bytes)
    }
}
