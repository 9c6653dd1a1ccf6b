import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// The options of a registry server.
public struct RegistryServerOptions: Sendable {
    public var http: HTTPServerOptions
    public var kafka: KafkaProperties
    /// The topic that holds all that the registry knows.
    public var topic = "_schemas"
    /// Copies of the topic when it is created; -1 leaves it to the broker.
    public var replication = -1
    /// Holds until a level is set with `PUT /config`.
    public var compatibility = CompatibilityLevel.backward
    /// Seconds that one write to the topic may take.
    public var writeTimeout = 15.0

    public init(http: HTTPServerOptions, kafka: KafkaProperties) {
        self.http = http
        self.kafka = kafka
    }
}
