import CRdKafka
import EFDCore

extension KafkaAdmin {
    /// The event of an answer, freed with this value.
    struct Answer: ~Copyable {
        let raw: OpaquePointer
        deinit { rd_kafka_event_destroy(raw) }
    }

    func request(
        _ operation: rd_kafka_admin_op_t, _ attempt: String,
        _ send: (_ options: OpaquePointer, _ answers: OpaquePointer) -> Void
    ) throws(EFDError) -> Answer {
        try request(handle, operation, attempt, timeoutMilliseconds, send)
    }

    /// For groups, whose coordinator may be moving: a retriable error, of the request or of what `read` finds in the
    /// answer, sends the request again until the timeout. librdkafka 2.0.2 loses the answer of a coordinator that is
    /// still loading, so one attempt waits no longer than `tryMilliseconds`.
    ///
    /// - Parameter client: sends the request; nil: the admin client.
    func requestOfGroup<Result>(
        by client: ClientHandle? = nil, _ operation: rd_kafka_admin_op_t, _ attempt: String,
        _ send: (_ options: OpaquePointer, _ answers: OpaquePointer) -> Void,
        read: (_ answer: OpaquePointer) throws(EFDError) -> Result
    ) throws(EFDError) -> Result {
        let deadline = MonotonicClock.seconds() + Double(timeoutMilliseconds) / 1000
        while true {
            do throws(EFDError) {
                let patience = min(Self.tryMilliseconds, timeoutMilliseconds)
                let answer = try request(client ?? handle, operation, attempt, patience, send)
                return try read(answer.raw)
            } catch {
                guard error.isRetriable, error.code != .kafkaGroupBusy, MonotonicClock.seconds() < deadline else {
                    throw error
                }
                MonotonicClock.sleep(seconds: 0.1)
            }
        }
    }

    private static let tryMilliseconds: Int32 = 5000

    private func request(
        _ client: ClientHandle, _ operation: rd_kafka_admin_op_t, _ attempt: String, _ timeoutMilliseconds: Int32,
        _ send: (_ options: OpaquePointer, _ answers: OpaquePointer) -> Void
    ) throws(EFDError) -> Answer {
        guard let options = rd_kafka_AdminOptions_new(client.raw, operation),
            let answers = rd_kafka_queue_new(client.raw)
        else {
            throw EFDError(.kafkaRequestFailed, "\(attempt): out of memory")
        }
        defer {
            rd_kafka_queue_destroy(answers)
            rd_kafka_AdminOptions_destroy(options)
        }
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, nil, 0)
        if [RD_KAFKA_ADMIN_OP_CREATETOPICS, RD_KAFKA_ADMIN_OP_DELETETOPICS, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS]
            .contains(operation)
        {
            // How long the broker waits for the controller to propagate the change.
            rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMilliseconds, nil, 0)
        }
        send(options, answers)
        defer { rd_kafka_poll(client.raw, 0) }  // delivers queued connection errors
        guard let event = rd_kafka_queue_poll(answers, timeoutMilliseconds + 1000) else {
            throw KafkaErrorCode.timedOut.error(attempting: attempt, on: handle.servers)
        }
        let code = KafkaErrorCode(rd_kafka_event_error(event))
        guard code.isError else {
            handle.observer.isAlive()
            return Answer(raw: event)
        }
        defer { rd_kafka_event_destroy(event) }
        throw code.error(
            attempting: attempt, on: handle.servers,
            detail: rd_kafka_event_error_string(event).map { String(cString: $0) } ?? "")
    }

    typealias TopicResults = UnsafeMutablePointer<OpaquePointer?>

    func topicResults(
        _ answer: OpaquePointer?, _ read: (OpaquePointer, UnsafeMutablePointer<Int>) -> TopicResults?
    ) -> [(name: String, code: KafkaErrorCode, detail: String)] {
        var count = 0
        guard let answer, let results = read(answer, &count) else { return [] }
        return (0..<count).map { index in
            let detail = rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) } ?? ""
            return (
                String(cString: rd_kafka_topic_result_name(results[index])),
                KafkaErrorCode(rd_kafka_topic_result_error(results[index])), detail
            )
        }
    }

    func newTopic(_ topic: NewTopic) throws(EFDError) -> OpaquePointer {
        var words = [CChar](repeating: 0, count: 512)
        guard
            let made = rd_kafka_NewTopic_new(
                topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication), &words, words.count)
        else {
            let text = words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            throw EFDError(
                .kafkaTopicInvalid, "topic \(topic.name): \(text)",
                remedy: "Check the number of partitions and replicas")
        }
        for (key, value) in topic.configuration.sorted(by: { $0.key < $1.key }) {
            rd_kafka_NewTopic_set_config(made, key, value)
        }
        return made
    }
}
