import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// The options of a registry server.
public struct RegistryServerOptions: Sendable {
    public var http: HTTPServerOptions
    public var kafka: KafkaProperties
    /// The topic of the registry's state.
    public var topic = "_schemas"
    /// Replication factor of the topic if it is created; -1: the broker's default.
    public var replication = -1
    /// The level until one is set with `PUT /config`.
    public var compatibility = CompatibilityLevel.backward
    /// Maximum seconds of one write to the topic.
    public var writeTimeout = 15.0

    public init(http: HTTPServerOptions, kafka: KafkaProperties) {
        self.http = http
        self.kafka = kafka
    }
}
