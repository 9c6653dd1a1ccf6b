import EFDCore
import EFDHTTP

/// Which bucket, and how to reach it.
public struct S3Options: Sendable {
    /// How a bucket's name stands in the address.
    public enum Addressing: String, CaseIterable, Sendable {
        /// `path` where an endpoint is set, else `virtual`.
        case auto
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    public let bucket: String
    /// nil: AWS's own.
    public var endpoint: HTTPURL?
    public var region = "us-east-1"
    public var addressing = Addressing.auto
    public var http = S3Options.connection
    /// Times that a request is tried before the caller hears of a fault that may pass.
    public var attempts = 8
    /// Waits between attempts begin here and double, in seconds.
    public var backoffBase = 0.1
    public var backoffCap = 5.0

    public init(bucket: String) { self.bucket = bucket }

    /// Objects may be large and lines slow: a request lasts as long as bytes move.
    private static let connection: HTTPClientOptions = {
        var options = HTTPClientOptions()
        options.connectTimeout = 5
        options.timeout = 3600
        options.stallTimeout = 30
        return options
    }()

    /// Where the bucket is: the address without a key.
    func base() throws(EFDError) -> HTTPURL {
        let server: HTTPURL
        if let endpoint { server = endpoint } else { server = try HTTPURL("https://s3.\(region).amazonaws.com") }
        switch addressing {
        case .auto where endpoint != nil, .path: return server.appending(bucket)
        case .auto, .virtual:
            return try HTTPURL("\(server.isSecure ? "https" : "http")://\(bucket).\(server.authority)\(server.path)")
        }
    }
}
