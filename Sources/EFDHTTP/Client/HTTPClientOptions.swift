import EFDCore

/// Options of a client: time, size, credentials, TLS.
public struct HTTPClientOptions: Sendable {
    public struct TLS: Sendable, Equatable {
        /// PEM file with the trusted authorities, instead of the system's.
        public var authorityFile: String?
        /// PEM files of the client's certificate and key.
        public var certificateFile: String?
        public var keyFile: String?
        public var keyPassword: String?
        /// Accepts any certificate: for experiments only.
        public var isInsecure = false

        public init() {}
    }

    /// Seconds to establish a connection, name resolution and TLS included.
    public var connectTimeout = 10.0
    /// Seconds for a whole request.
    public var timeout = 60.0
    /// Seconds without a byte in either direction after which a request fails; nil: only the whole request has a bound.
    public var stallTimeout: Double?
    /// Maximum bytes of an answer; the transfer stops beyond it.
    public var maximumResponseBytes = 64 << 20
    /// Take precedence over credentials in a URL.
    public var credentials: HTTPCredentials?
    public var tls = TLS()
    public var userAgent = "efd/\(BuildInfo.version)"
    /// Aborts a request in progress within a second of its stop.
    public var stop: StopToken?

    public init() {}
}
