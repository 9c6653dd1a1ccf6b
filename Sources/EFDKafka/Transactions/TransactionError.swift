import CRdKafka
import EFDCore

/// Why a call of a transactional producer failed, by the caller's options.
public enum TransactionError: Error, Sendable, Equatable {
    /// A newer producer with the same transactional id has fenced this one, which is unusable.
    case fenced(EFDError)
    /// The transaction cannot be committed: abort it. The producer can start the next one.
    case abortable(EFDError)
    /// The same call can be repeated: librdkafka continues where it stopped.
    case retriable(EFDError)
    /// The producer is unusable: a new one with the same transactional id aborts its open transaction.
    case fatal(EFDError)

    /// The failure in words.
    public var error: EFDError {
        switch self {
        case .fenced(let error), .abortable(let error), .retriable(let error), .fatal(let error): error
        }
    }
}

extension TransactionError {
    private static let fencing: Set<rd_kafka_resp_err_t.RawValue> = [
        RD_KAFKA_RESP_ERR__FENCED.rawValue, RD_KAFKA_RESP_ERR_PRODUCER_FENCED.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH.rawValue,
    ]

    /// Takes ownership of a `rd_kafka_error_t`; nil if the call succeeded.
    init?(taking raw: OpaquePointer?, attempting attempt: String, by handle: ClientHandle) {
        guard let raw else { return nil }
        let code = KafkaErrorCode(rd_kafka_error_code(raw))
        let isFatal = rd_kafka_error_is_fatal(raw) != 0
        let isAbortable = rd_kafka_error_txn_requires_abort(raw) != 0
        let isRetriable = rd_kafka_error_is_retriable(raw) != 0
        guard let error = taking(raw, attempting: attempt, on: handle.servers) else { return nil }
        if isFatal {
            self.init(fatal: code, error, handle)
        } else if isAbortable {
            self = .abortable(error)
        } else if isRetriable {
            self = .retriable(error)
        } else {
            self = .fatal(error)
        }
    }

    /// A record of the open transaction was rejected or not delivered.
    init(record code: KafkaErrorCode, attempting attempt: String, by handle: ClientHandle) {
        let error = code.error(attempting: attempt, on: handle.servers)
        if rd_kafka_fatal_error(handle.raw, nil, 0) == RD_KAFKA_RESP_ERR_NO_ERROR {
            self = .abortable(error)
        } else {
            self.init(fatal: code, error, handle)
        }
    }

    private init(fatal code: KafkaErrorCode, _ error: EFDError, _ handle: ClientHandle) {
        let cause = rd_kafka_fatal_error(handle.raw, nil, 0)
        let isFenced = Self.fencing.contains(code.code.rawValue) || Self.fencing.contains(cause.rawValue)
        self = isFenced ? .fenced(error) : .fatal(error)
    }
}
