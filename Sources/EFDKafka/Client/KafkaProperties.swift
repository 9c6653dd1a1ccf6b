import CRdKafka
import EFDCore

/// The connection to a cluster: its bootstrap servers and any property of librdkafka, in order, later ones winning.
///
/// They override the suite's own values (docs/kafka.md lists them), except for the few properties that delivery depends
/// on, which are rejected. Its description hides secrets.
public struct KafkaProperties: Sendable, Equatable, CustomStringConvertible {
    public struct Property: Sendable, Equatable {
        public let key: String
        public let value: String
    }

    public let bootstrapServers: String
    public private(set) var properties: [Property] = []

    /// - Parameters:
    ///   - bootstrapServers: `HOST:PORT[,HOST:PORT…]`.
    ///   - properties: each `KEY=VALUE`; the value may be empty and may contain `=`.
    /// - Throws: `kafka.propertyInvalid` with librdkafka's text.
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

    /// Sets a property unless the user has set it.
    public mutating func setIfAbsent(_ key: String, _ value: String) throws(EFDError) {
        if self[key] == nil { try set(key, value) }
    }

    /// The user's value, if any.
    public subscript(key: String) -> String? { properties.last { $0.key == key }?.value }

    /// `bootstrap.servers=… linger.ms=20 sasl.password=***`.
    public var description: String {
        (["bootstrap.servers=\(bootstrapServers)"]
            + properties.map { "\($0.key)=\(Self.isSecret($0.key) ? "***" : $0.value)" }).joined(separator: " ")
    }

    /// True for properties whose value is never printed.
    public static func isSecret(_ key: String) -> Bool {
        key.contains("password") || key.contains("secret") || key.hasSuffix(".key.pem") || key == "ssl_key"
            || key == "sasl.oauthbearer.config"
    }

    private static let reserved = [
        "bootstrap.servers": "it has its own setting",
        "metadata.broker.list": "it is another name of bootstrap.servers, which has its own setting",
        "enable.auto.commit": "stored offsets are always committed; auto.commit.interval.ms sets how often",
        "auto.commit.enable": "stored offsets are always committed; auto.commit.interval.ms sets how often",
        "enable.auto.offset.store":
            "records are finished when their data is stored, not when they are delivered",
        "partition.assignment.strategy":
            "members of a group must agree on it, and the suite's agree on \(ClientRole.assignmentStrategy)",
        "topic.blacklist": "it has its own setting, the pattern of topics to exclude",
    ]

    /// librdkafka's objection to a pair, with a secret value hidden.
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
    /// At the oldest record.
    case earliest
    /// At the next record that arrives.
    case latest
    /// Nowhere: polling throws `kafka.offsetLost`.
    case error

    /// With Kafka's names and librdkafka's older ones.
    public init?(property: String) {
        switch property {
        case "earliest", "smallest", "beginning": self = .earliest
        case "latest", "largest", "end": self = .latest
        case "error", "none": self = .error
        default: return nil
        }
    }
}
