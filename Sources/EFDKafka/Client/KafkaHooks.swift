import EFDCore

/// The log and metrics of a client.
public struct KafkaHooks: Sendable {
    public var log: Log
    /// Receives the client's metrics (round trip, queues, brokers, errors); nil: none.
    public var metrics: Metrics?
    /// The client's name in brokers' logs and quotas.
    public var clientID: String

    public init(log: Log = .silent, metrics: Metrics? = nil, clientID: String = "efd") {
        self.log = log
        self.metrics = metrics
        self.clientID = clientID
    }
}
