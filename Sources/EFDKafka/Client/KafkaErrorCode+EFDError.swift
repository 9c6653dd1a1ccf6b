import CRdKafka
import EFDCore

extension KafkaErrorCode {
    /// The error for people: what was attempted, on what, the answer and the remedy.
    ///
    /// - Parameters:
    ///   - attempt: the activity of the program, such as `creating topic lsst.sal.Test.logevent_heartbeat`.
    ///   - servers: the bootstrap servers of the attempt.
    ///   - detail: librdkafka's text, if it has more than the code.
    public func error(attempting attempt: String, on servers: String, detail: String = "") -> EFDError {
        let (code, remedy, recovery) = meaning(servers)
        let answer = detail.isEmpty ? description : "\(detail) (\(name))"
        return EFDError(code, "Kafka at \(servers): \(attempt): \(answer)", remedy: remedy, recovery: recovery)
    }

    private func meaning(_ servers: String) -> (EFDError.Code, String, EFDError.Recovery) {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT,
            RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            return (
                .kafkaBrokerUnreachable,
                "Check that a broker runs at \(servers), and that its advertised.listeners name an address that this "
                    + "machine reaches",
                .retry
            )
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
            RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            return (
                .kafkaCredentialsRefused, "Check user name, password, sasl.mechanism and security.protocol",
                .intervene
            )
        case RD_KAFKA_RESP_ERR__SSL:
            return (
                .kafkaTlsFailed,
                "Check security.protocol, ssl.ca.location and that the certificate names the broker's host", .intervene
            )
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return (
                .kafkaNotAuthorized, "Add an ACL for this user on the cluster (kafka-acls.sh)", .intervene
            )
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return (.kafkaTopicMissing, "Create the topic, or check its name", .intervene)
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return (.kafkaMessageTooLarge, "Raise message.max.bytes here and max.message.bytes of the topic", .reject)
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
            return (
                .kafkaReplicationImpossible,
                "Set --replication-factor to at most the number of brokers; -1 takes the broker's "
                    + "default.replication.factor",
                .intervene
            )
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
            RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return (
                .kafkaClientFatal,
                "The client must be replaced: restart the service; if it was fenced, look for a second instance of "
                    + "the same id",
                .intervene
            )
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
            return (.kafkaUnsupported, "Check whether the cluster is too old, or an embedded one", .intervene)
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return (
                .kafkaQueueFull,
                "The cluster is slower than the producer: wait, or raise queue.buffering.max.messages",
                .retry
            )
        default:
            return (.kafkaRequestFailed, "", Self.passing.contains(rawValue) ? .retry : .intervene)
        }
    }

    /// Kafka's retriable errors, and librdkafka's own transient states.
    private static let passing = Set(
        [
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR__STATE,
            RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__OUTDATED, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
            RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
        ].map { Int32(truncatingIfNeeded: $0.rawValue) })
}

/// Takes ownership of a `rd_kafka_error_t`: nil if the call succeeded.
func taking(_ error: OpaquePointer?, attempting attempt: String, on servers: String) -> EFDError? {
    guard let error else { return nil }
    defer { rd_kafka_error_destroy(error) }
    let detail = rd_kafka_error_string(error).map { String(cString: $0) } ?? ""
    let made = KafkaErrorCode(rd_kafka_error_code(error)).error(attempting: attempt, on: servers, detail: detail)
    guard rd_kafka_error_is_retriable(error) != 0, made.recovery != .retry else { return made }
    return EFDError(made.code, made.message, remedy: made.remedy, recovery: .retry)
}
