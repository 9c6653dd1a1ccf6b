import CRdKafka
import EFDCore

/// How to reach a cluster: its bootstrap servers and any property of librdkafka, in order, later ones winning.
///
/// What stands here wins over the suite's own choices (docs/kafka.md lists them), except for the few properties that
/// delivery depends on, which are refused. Printing it shows no secret.
public struct KafkaProperties: Sendable, Equatable, CustomStringConvertible {
    public struct Property: Sendable, Equatable {
        public let key: String
        public let value: String
    }

    public let bootstrapServers: String
    public private(set) var properties: [Property] = []

    /// - Parameters:
    ///   - bootstrapServers: `HOST:PORT[,HOST:PORT…]`.
    ///   - properties: each `KEY=VALUE`; the value may be empty and may hold `=`.
    /// - Throws: `kafka.propertyInvalid` with librdkafka's own words.
    public init(bootstrapServers: String, properties: [String] = []) throws(EFDError) {
        guard !bootstrapServers.isEmpty else {
            throw EFDError(
                .kafkaBootstrapMissing, "no Kafka bootstrap servers are given",
                remedy: "Set --bootstrap-servers HOST:PORT[,HOST:PORT…]")
        }
        self.bootstrapServers = bootstrapServers
        for text in properties {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                // The text may be a bare secret, so it is not repeated.
                throw EFDError(
                    .kafkaPropertyInvalid, "a Kafka property has no KEY=VALUE form",
                    remedy: "Write it as --kafka-property linger.ms=20")
            }
            try set(String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    /// Adds or replaces one property.
    public mutating func set(_ key: String, _ value: String) throws(EFDError) {
        if let reason = Self.reserved[key] {
            throw EFDError(
                .kafkaPropertyReserved, "Kafka property \(key) cannot be set: \(reason)", remedy: "Leave \(key) out")
        }
        if key == "auto.offset.reset" {
            guard OffsetReset(property: value) != nil else {
                throw EFDError(
                    .kafkaPropertyInvalid, "Kafka property auto.offset.reset cannot be \"\(value)\"",
                    remedy: "Use earliest, latest or error")
            }
        } else if let fault = Self.fault(key, value) {
            throw EFDError(
                .kafkaPropertyInvalid, "Kafka property \(key): \(fault)",
                remedy: "Names and values are those of librdkafka's CONFIGURATION.md")
        }
        properties.removeAll { $0.key == key }
        properties.append(Property(key: key, value: value))
    }

    /// Sets a property that the user left alone.
    public mutating func setIfAbsent(_ key: String, _ value: String) throws(EFDError) {
        if self[key] == nil { try set(key, value) }
    }

    /// The value that a user gave, if any.
    public subscript(key: String) -> String? { properties.last { $0.key == key }?.value }

    /// `bootstrap.servers=… linger.ms=20 sasl.password=***`.
    public var description: String {
        (["bootstrap.servers=\(bootstrapServers)"]
            + properties.map { "\($0.key)=\(Self.isSecret($0.key) ? "***" : $0.value)" }).joined(separator: " ")
    }

    /// True for properties whose value must never be shown.
    public static func isSecret(_ key: String) -> Bool {
        key.contains("password") || key.contains("secret") || key.hasSuffix(".key.pem") || key == "ssl_key"
            || key == "sasl.oauthbearer.config"
    }

    private static let reserved = [
        "bootstrap.servers": "it has a setting of its own",
        "metadata.broker.list": "it is another name of bootstrap.servers, which has a setting of its own",
        "enable.auto.commit": "what is done with is always committed; auto.commit.interval.ms says how often",
        "auto.commit.enable": "what is done with is always committed; auto.commit.interval.ms says how often",
        "enable.auto.offset.store":
            "records count as done with when their data is stored, never when they are delivered",
        "partition.assignment.strategy":
            "members of a group must agree on it, and the suite's agree on \(ClientRole.assignmentStrategy)",
        "topic.blacklist": "it has a setting of its own, the expression of topics to exclude",
    ]

    /// librdkafka's objection to a pair, with the value blotted out if it is secret.
    private static func fault(_ key: String, _ value: String) -> String? {
        guard let configuration = rd_kafka_conf_new() else { return "out of memory" }
        defer { rd_kafka_conf_destroy(configuration) }
        var words = [CChar](repeating: 0, count: 512)
        guard rd_kafka_conf_set(configuration, key, value, &words, words.count) != RD_KAFKA_CONF_OK else { return nil }
        let text = words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return isSecret(key) && !value.isEmpty ? text.replacing(value, with: "***") : text
    }
}

/// Where to start if a group has no committed offset, or the committed one is out of range.
public enum OffsetReset: String, Sendable, CaseIterable {
    /// From the oldest record that is there.
    case earliest
    /// From the next record that comes.
    case latest
    /// Not at all: polling throws `kafka.offsetLost`.
    case error

    /// By Kafka's names and librdkafka's older ones.
    public init?(property: String) {
        switch property {
        case "earliest", "smallest", "beginning": self = .earliest
        case "latest", "largest", "end": self = .latest
        case "error", "none": self = .error
        default: return nil
        }
    }
}
