import EFDCore
import EFDHTTP

/// The bucket and the options of its client.
public struct S3Options: Sendable {
    /// The position of a bucket's name in the address.
    public enum Addressing: String, CaseIterable, Sendable {
        /// `path` if an endpoint is set, else `virtual`.
        case auto
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    public let bucket: String
    /// nil: AWS.
    public var endpoint: HTTPURL?
    public var region = "us-east-1"
    public var addressing = Addressing.auto
    public var http = S3Options.connection
    /// Attempts of a request before a retriable fault is reported.
    public var attempts = 8
    /// First delay between attempts in seconds; it doubles each time.
    public var backoffBase = 0.1
    public var backoffCap = 5.0

    public init(bucket: String) { self.bucket = bucket }

    /// Objects may be large and connections slow: a request lasts as long as bytes flow.
    private static let connection: HTTPClientOptions = {
        var options = HTTPClientOptions()
        options.connectTimeout = 5
        options.timeout = 3600
        options.stallTimeout = 30
        return options
    }()

    /// The address of the bucket, without a key.
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
