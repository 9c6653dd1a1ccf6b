import CRdKafka
import CRdKafkaShim
import EFDCore

/// One librdkafka client. Objects that point into it (message batches, topic handles) retain it.
final class ClientHandle: @unchecked Sendable {
    // Set once at creation; librdkafka's handle is safe to call from any thread.
    let raw: OpaquePointer
    let context: UnsafeMutablePointer<CallbackContext>
    let observer: ClientObserver

    var servers: String { observer.servers }

    private let role: ClientRole
    /// Set by the consumer's thread while it is a group's member that was never assigned partitions.
    var isJoining = false
    /// librdkafka before 2.3 ends the process when such a member is destroyed (issue 4312).
    private static let mustOutliveJoining = rd_kafka_version() < 0x0203_0000

    /// - Parameter fixed: properties that the role needs and that override the user's.
    convenience init(
        _ role: ClientRole, _ properties: KafkaProperties, fixed: [(String, String)] = [], hooks: KafkaHooks
    ) throws(EFDError) {
        let observer = ClientObserver(hooks, role, properties)
        try self.init(role, properties, fixed: fixed, observer: observer)
    }

    /// - Parameters:
    ///   - observer: receives the client's reports; several clients may share one.
    ///   - topicMark: `rd_kafka_topic_opaque` of each topic handle of this client.
    init(
        _ role: ClientRole, _ properties: KafkaProperties, fixed: [(String, String)], observer: ClientObserver,
        topicMark: Int = 0
    ) throws(EFDError) {
        self.role = role
        self.observer = observer
        let settings =
            role.defaults + [("client.id", observer.hooks.clientID)] + properties.properties.map { ($0.key, $0.value) }
            + [
                ("bootstrap.servers", properties.bootstrapServers)
            ] + fixed
        let context = UnsafeMutablePointer<CallbackContext>.allocate(capacity: 1)
        context.initialize(to: CallbackContext(observer: observer))
        self.context = context
        do throws(EFDError) {
            let configuration = try Self.configuration(settings, observer.servers)
            Self.attachCallbacks(configuration, role, context)
            Self.mark(configuration, topicMark)
            var words = [CChar](repeating: 0, count: 512)
            guard
                let made = rd_kafka_new(
                    role.isConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, configuration,
                    &words, words.count)
            else {
                rd_kafka_conf_destroy(configuration)
                throw Self.refusal(role, properties, words)
            }
            raw = made
            context.pointee.wantsOffsets = Self.isIdempotent(made)
        } catch {
            context.deinitialize(count: 1)
            context.deallocate()
            throw error
        }
    }

    private static func isIdempotent(_ client: OpaquePointer) -> Bool {
        var words = [CChar](repeating: 0, count: 16)
        var size = words.count
        return rd_kafka_conf_get(rd_kafka_conf(client), "enable.idempotence", &words, &size) == RD_KAFKA_CONF_OK
            && text(words) == "true"
    }

    /// Seconds that the end of a client may take before its threads are abandoned.
    private static let patience = 5.0

    /// The resources for librdkafka's end, on any thread.
    private struct Remains: @unchecked Sendable {
        let raw: OpaquePointer
        let flags: Int32
        let context: UnsafeMutablePointer<CallbackContext>
    }

    deinit {
        // Callbacks still run here: an unclosed consumer leaves its group.
        context.pointee.rebalance = nil
        // librdkafka 2.0.2 never ends a consumer whose topic was deleted: do not block the caller.
        let ended = StopToken()
        let remains = Remains(
            raw: raw, flags: role.hasMembership ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, context: context)
        let mustStay = isJoining && Self.mustOutliveJoining
        JoinableThread.detach("kafka-end") {
            if mustStay {
                rd_kafka_consumer_close(remains.raw)  // leaves its group, and stays in memory
                return ended.stop()
            }
            rd_kafka_destroy_flags(remains.raw, remains.flags)
            remains.context.deinitialize(count: 1)
            remains.context.deallocate()
            ended.stop()
        }
        if !ended.wait(seconds: Self.patience) {
            observer.hooks.log.warning(
                "a Kafka client does not end, its threads keep running", ["servers": .text(servers)])
        }
    }

    static func configuration(_ settings: [(String, String)], _ servers: String) throws(EFDError)
        -> OpaquePointer
    {
        guard let configuration = rd_kafka_conf_new() else {
            throw EFDError(.kafkaClientRefused, "out of memory for a Kafka client")
        }
        for (key, value) in settings {
            // The consumer resets offsets itself, see KafkaConsumer.
            let value = key == "auto.offset.reset" ? "error" : value
            var words = [CChar](repeating: 0, count: 512)
            if rd_kafka_conf_set(configuration, key, value, &words, words.count) != RD_KAFKA_CONF_OK {
                rd_kafka_conf_destroy(configuration)
                throw EFDError(
                    .kafkaPropertyInvalid, "Kafka property \(key): \(text(words))",
                    remedy: "Check the Kafka properties")
            }
        }
        return configuration
    }

    /// The error if librdkafka creates no client, with its text.
    static func refusal(_ role: ClientRole, _ properties: KafkaProperties, _ words: [CChar]) -> EFDError {
        EFDError(
            .kafkaClientRefused,
            "Kafka at \(properties.bootstrapServers): creating a \(role.rawValue): \(text(words))",
            remedy: "Check the Kafka properties: \(properties)")
    }

    private static func mark(_ configuration: OpaquePointer, _ mark: Int) {
        guard mark != 0, let topics = rd_kafka_conf_get_default_topic_conf(configuration) else { return }
        rd_kafka_topic_conf_set_opaque(topics, UnsafeMutableRawPointer(bitPattern: mark))
    }

    private static func text(_ words: [CChar]) -> String {
        words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private static func attachCallbacks(
        _ configuration: OpaquePointer, _ role: ClientRole, _ context: UnsafeMutablePointer<CallbackContext>
    ) {
        rd_kafka_conf_set_opaque(configuration, context)
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let client, let context = CallbackContext.at(rd_kafka_opaque(client)), let facility, let text else {
                return
            }
            context.pointee.observer.logged(
                level: level, facility: String(cString: facility), text: String(cString: text))
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
            guard let context = CallbackContext.at(opaque) else { return }
            context.pointee.observer.failed(
                KafkaErrorCode(rawValue: code), detail: reason.map { String(cString: $0) } ?? "")
        }
        rd_kafka_conf_set_throttle_cb(configuration) { _, _, _, milliseconds, opaque in
            CallbackContext.at(opaque)?.pointee.observer.throttled(milliseconds: milliseconds)
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, json, length, opaque in
            guard let context = CallbackContext.at(opaque), let json else { return 0 }
            context.pointee.observer.counted(UnsafeRawBufferPointer(start: json, count: length))
            return 0  // librdkafka frees the text
        }
        switch role {
        case .consumer:
            rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, opaque in
                guard let context = CallbackContext.at(opaque), let partitions else { return }
                if let rebalance = context.pointee.rebalance { return rebalance(code, partitions) }
                rd_kafka_assign(client, nil)
            }
            rd_kafka_conf_set_offset_commit_cb(configuration) { _, code, _, opaque in
                guard let context = CallbackContext.at(opaque) else { return }
                context.pointee.observer.committed(KafkaErrorCode(code))
            }
        case .producer: rd_kafka_conf_set_dr_msg_cb(configuration, DeliveryReport.collect)
        case .relay: rd_kafka_conf_set_dr_msg_cb(configuration, rdkafka_track_report)
        case .fetcher, .offsetReader, .admin: break
        }
    }
}
