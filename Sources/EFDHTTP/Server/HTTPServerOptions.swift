import EFDCore

/// Where a server listens and what it puts up with.
public struct HTTPServerOptions: Sendable {
    /// PEM texts; with them the server speaks TLS 1.2 and 1.3 only.
    public struct TLS: Sendable {
        public let certificate: String
        public let key: String
        public init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
    }

    public enum Threads: Sendable, Equatable {
        /// So many, each of which serves its share of the connections: a handler that waits makes others wait.
        case polling(Int)
        /// One for each connection, for handlers that wait for something else.
        case perConnection
    }

    /// Port 0: a free one, which the server then names.
    public var address: HostPort
    /// Further clients wait until one leaves. The one protection against clients that send a byte at a time.
    public var maximumConnections = 256
    /// Larger request bodies get 413.
    public var maximumBodyBytes = 8 << 20
    /// For the request line and header of one connection; larger ones get 431.
    public var maximumHeaderBytes = 32 << 10
    /// Seconds after which a silent connection is closed.
    public var idleTimeout = 60
    /// Which threads run the handler.
    public var threads = Threads.polling(1)
    /// Seconds that `stop` lets requests in progress take.
    public var drainTimeout = 5.0
    public var tls: TLS?

    public init(_ address: HostPort = HostPort(host: "127.0.0.1", port: 0)) { self.address = address }
}
