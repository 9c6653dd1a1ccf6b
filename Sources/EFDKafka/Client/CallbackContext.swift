import CRdKafka
import EFDCore

/// The context of librdkafka's callbacks, behind their opaque pointer. It lives as long as its client.
struct CallbackContext {
    let observer: ClientObserver
    /// The consumer, on the thread that polls; nil once it is closed.
    var rebalance: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void)?
    /// Delivery reports of the current poll: a plain buffer, since one is filled per record.
    var reports = UnsafeMutableBufferPointer<DeliveryReport>(start: nil, count: 0)
    var reportCount = 0
    /// Whether a record without an offset counts as undelivered: see `DeliveryReport`.
    var wantsOffsets = false
    var deliver: (@Sendable (UnsafeBufferPointer<DeliveryReport>) -> Void)?
    var undelivered: (@Sendable (KafkaMessage, KafkaErrorCode) -> Void)?

    init(observer: ClientObserver) { self.observer = observer }

    static func at(_ opaque: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<CallbackContext>? {
        opaque?.assumingMemoryBound(to: CallbackContext.self)
    }
}

/// Log, metrics and state of one client, fed by its callbacks.
final class ClientObserver: Sendable {
    let hooks: KafkaHooks
    let role: ClientRole
    let servers: String
    let connection = KafkaConnection()
    private let statistics: ClientStatistics?
    private let errors: Counter?
    private let throttles: Counter?
    private let commitFailures: Counter?

    init(_ hooks: KafkaHooks, _ role: ClientRole, _ properties: KafkaProperties) {
        self.hooks = hooks
        self.role = role
        servers = properties.bootstrapServers
        statistics = role.hasStatistics(properties) ? hooks.metrics.map { ClientStatistics($0, role: role) } : nil
        throttles = hooks.metrics?.counter(
            "efd_kafka_throttles_total", "Answers that a broker delayed by quota.", ["client": role.rawValue])
        errors = hooks.metrics?.counter(
            "efd_kafka_errors_total", "Errors that the Kafka client reported, most of which it recovers from.",
            ["client": role.rawValue])
        commitFailures =
            role == .consumer
            ? hooks.metrics?.counter(
                "efd_kafka_commit_failures_total", "Offset commits that failed; the next one includes them.") : nil
    }

    /// librdkafka's own log lines, from any of its threads. Levels are syslog's.
    func logged(level: Int32, facility: String, text: String) {
        // A property of the other role in a set that both roles share is not a mistake; only the mock cluster creates
        // topics without a create request.
        if facility == "CONFWARN" || facility == "AUTOCREATE" {
            return hooks.log.debug("Kafka client \(facility)", ["detail": .text(text)])
        }
        let text = Self.explained(text)
        switch level {
        case ...4:
            hooks.log.warning("Kafka client \(facility)", ["client": .text(role.rawValue), "detail": .text(text)])
        case 5...6: hooks.log.info("Kafka client \(facility)", ["client": .text(role.rawValue), "detail": .text(text)])
        default: hooks.log.debug("Kafka client \(facility)", ["client": .text(role.rawValue), "detail": .text(text)])
        }
    }

    /// The first four bytes of an answer as a number: `HTTP`, and alerts of TLS 1.0 to 1.2.
    private static let otherProtocols = [
        (1_213_486_160, "HTTP"), (352_518_400, "TLS"), (352_518_656, "TLS"), (352_518_912, "TLS"),
    ]

    /// librdkafka reads them as a size, and advises to raise a limit.
    static func explained(_ text: String) -> String {
        for (size, protocolName) in otherProtocols
        where text.contains("Invalid response size \(size) ") {
            let remedy = protocolName == "TLS" ? "set security.protocol to SSL or SASL_SSL" : "check the port"
            return "\(text): the server speaks \(protocolName), \(remedy)"
        }
        return text
    }

    func failed(_ code: KafkaErrorCode, detail: String) {
        errors?.add()
        let error = code.error(attempting: "\(role.rawValue) at work", on: servers, detail: detail)
        switch error.code {
        case .kafkaClientFatal: connection.becomes(.failed(error))
        case .kafkaCredentialsRefused, .kafkaNotAuthorized, .kafkaTlsFailed: connection.becomes(.refused(error))
        case _ where code == .allBrokersDown: connection.becomes(.down(error))
        default: return hooks.log.debug("Kafka client error", ["error": .text(error.message)])
        }
        hooks.log.warning("Kafka \(role.rawValue) cannot work now", error)
    }

    /// A broker delays its answers by quota; 0: no longer.
    func throttled(milliseconds: Int32) { if milliseconds > 0 { throttles?.add() } }

    func counted(_ document: UnsafeRawBufferPointer) {
        guard let up = statistics?.update(document) else { return }
        if up > 0 { isAlive() }
    }

    /// A broker has answered.
    func isAlive() {
        if connection.status != .up { connection.becomes(.up) }
    }

    func committed(_ code: KafkaErrorCode) {
        if !code.isError { return isAlive() }
        if code == .noOffset { return }
        commitFailures?.add()
        hooks.log.warning("Kafka offset commit failed", code.error(attempting: "committing offsets", on: servers))
    }
}
