import EFDCore

/// The log and metrics of a client.
public struct KafkaHooks: Sendable {
    public var log: Log
    /// Gets the client's own metrics (round trip, queues, brokers, errors); nil keeps none.
    public var metrics: Metrics?
    /// Named by brokers in their logs and quotas.
    public var clientID: String

    public init(log: Log = .silent, metrics: Metrics? = nil, clientID: String = "efd") {
        self.log = log
        self.metrics = metrics
        self.clientID = clientID
    }
}
