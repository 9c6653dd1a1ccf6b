import EFDCore

/// Address, threads and limits of a server.
public struct HTTPServerOptions: Sendable {
    /// PEM texts; with them the server accepts only TLS 1.2 and 1.3.
    public struct TLS: Sendable {
        public let certificate: String
        public let key: String
        public init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
    }

    public enum Threads: Sendable, Equatable {
        /// This many, each with its share of the connections: a handler that blocks delays the others.
        case polling(Int)
        /// One per connection, for handlers that block.
        case perConnection
    }

    /// Port 0: a free one, which the server reports.
    public var address: HostPort
    /// Further clients wait until one disconnects. The only protection against clients that send a byte at a time.
    public var maximumConnections = 256
    /// Larger request bodies get 413.
    public var maximumBodyBytes = 8 << 20
    /// For the request line and header of one connection; larger ones get 431.
    public var maximumHeaderBytes = 32 << 10
    /// Seconds after which a silent connection is closed.
    public var idleTimeout = 60
    /// The threads that run the handler.
    public var threads = Threads.polling(1)
    /// Seconds that `stop` waits for requests in progress.
    public var drainTimeout = 5.0
    public var tls: TLS?

    public init(_ address: HostPort = HostPort(host: "127.0.0.1", port: 0)) { self.address = address }
}
