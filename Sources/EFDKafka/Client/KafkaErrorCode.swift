import CRdKafka

/// An error of Kafka's protocol (above 0) or of librdkafka itself (below 0); 0 is success.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32

    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }
    @inlinable public init(_ code: rd_kafka_resp_err_t) { rawValue = Int32(truncatingIfNeeded: code.rawValue) }

    public static let none = KafkaErrorCode(RD_KAFKA_RESP_ERR_NO_ERROR)
    public static let queueFull = KafkaErrorCode(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    public static let messageTooLarge = KafkaErrorCode(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    public static let messageTimedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    public static let timedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT)
    public static let purgedFromQueue = KafkaErrorCode(RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    public static let purgedInFlight = KafkaErrorCode(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    public static let noOffset = KafkaErrorCode(RD_KAFKA_RESP_ERR__NO_OFFSET)
    public static let topicAlreadyExists = KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    public static let unknownTopic = KafkaErrorCode(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    public static let allBrokersDown = KafkaErrorCode(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// A record that librdkafka reports as stored without its broker's confirmation: see `DeliveryReport`.
    public static let unconfirmed = KafkaErrorCode(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER)
    public static let fatal = KafkaErrorCode(RD_KAFKA_RESP_ERR__FATAL)

    @inlinable public var isError: Bool { rawValue != 0 }

    var code: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }

    /// Kafka's name, as in documentation and issue threads: `MSG_SIZE_TOO_LARGE`.
    public var name: String { rd_kafka_err2name(code).map { String(cString: $0) } ?? "\(rawValue)" }

    /// librdkafka's text with the name, for people.
    public var description: String {
        "\(rd_kafka_err2str(code).map { String(cString: $0) } ?? "unknown error") (\(name))"
    }
}
