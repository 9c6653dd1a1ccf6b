import EFDCore

/// Sends records that cannot be stored to the dead-letter topic, byte for byte, with the reason in headers with Kafka
/// Connect's names.
///
/// Not thread-safe; owned by one thread. Creates its producer with the first dead letter: most processes never have
/// one.
public final class DeadLetterQueue: @unchecked Sendable {
    private let properties: KafkaProperties
    private let topic: String
    private let connector: String
    private let task: Int
    private let rejecter: Rejecter?
    private let log: Log
    private let stop: StopToken
    private let hooks: KafkaHooks
    private let patience: Double
    private var channel: Channel?

    /// The sink that rejects the records, so that they can be replayed to it.
    public struct Rejecter: Sendable {
        let group: String
        let destination: String?

        /// - Parameters:
        ///   - group: the consumer group that read the records.
        ///   - destination: where the sink stores records, as it names it.
        public init(group: String, destination: String?) { (self.group, self.destination) = (group, destination) }
    }

    /// The outcome of sending dead letters.
    public enum Outcome: Sendable {
        /// Every dead letter is acknowledged.
        case sent
        /// The topic rejects these dead letters, by their index; all others are acknowledged.
        case refused([Int: EFDError])
        /// The process or connector stops before every dead letter is acknowledged.
        case stopped
    }

    /// A producer with the outcome of its records.
    private final class Channel: Sendable {
        let producer: KafkaProducer
        let handle: KafkaTopicHandle
        /// Dead letters that were not acknowledged, by their opaque.
        let failures: Locked<[UInt: KafkaErrorCode]>

        /// - Parameter patience: seconds until a record without an answer counts as failed.
        init(_ properties: KafkaProperties, topic: String, hooks: KafkaHooks, patience: Double) throws(EFDError) {
            let failures = Locked<[UInt: KafkaErrorCode]>([:])
            self.failures = failures
            var properties = properties
            // Records that were too large elsewhere must pass here.
            try properties.set("message.max.bytes", String(DeadLetterTopic.maximumBytes))
            if patience.isFinite, properties["message.timeout.ms"] == nil {
                try properties.setIfAbsent("delivery.timeout.ms", "\(Int(patience * 1000))")
            }
            producer = try KafkaProducer(properties, hooks: hooks) { reports in
                for report in reports where report.error.isError {
                    failures.withLock { $0[report.opaque] = report.error }
                }
            }
            handle = try producer.topic(topic)
        }
    }

    /// - Parameters:
    ///   - connector, task: the sender in the headers: for example the consumer group and the number of its writer.
    ///   - rejecter: the sink that rejects the records; nil: no sink does.
    ///   - patience: seconds of retries after retriable faults; then the dead letters count as rejected.
    public init(
        _ properties: KafkaProperties, topic: String, connector: String, task: Int, rejecter: Rejecter? = nil,
        hooks: KafkaHooks, patience: Double = .infinity, scope: Scope
    ) {
        self.patience = patience
        self.properties = properties
        self.topic = topic
        self.connector = connector
        self.task = task
        self.rejecter = rejecter
        self.hooks = hooks
        log = scope.log
        stop = scope.stop
    }

    /// Returns when every dead letter is acknowledged or rejected. Retries after retriable faults, for a while.
    public func send(_ letters: [DeadLetter]) -> Outcome {
        var backoff = Backoff(base: 0.1, cap: 30)
        let deadline = MonotonicClock.seconds() + patience
        var waiting = Array(letters.indices)
        var refused: [Int: EFDError] = [:]
        while !waiting.isEmpty {
            var last: EFDError?
            do throws(EFDError) {
                for (index, error) in try send(letters, waiting.prefix(DeadLetterTopic.lettersInFlight)) {
                    if let error, error.isRetriable { last = error } else { waiting.removeAll { $0 == index } }
                    if let error, !error.isRetriable { refused[index] = error }
                }
            } catch {
                last = error
                if !error.isRetriable { for index in waiting { refused[index] = error } }
            }
            guard let last else { continue }
            if refused.count == letters.count { break }
            if MonotonicClock.seconds() > deadline {
                for index in waiting { refused[index] = last }
                break
            }
            log.warning("dead letters cannot be sent, retrying", last)
            if stop.wait(seconds: backoff.next()) { return .stopped }
        }
        report(letters, refused)
        return refused.isEmpty ? .sent : .refused(refused)
    }

    private func report(_ letters: [DeadLetter], _ refused: [Int: EFDError]) {
        guard let first = letters.indices.first(where: { refused[$0] == nil }) else { return }
        log.warning(
            "records sent to the dead-letter topic",
            [
                "topic": .text(letters[first].topic), "count": .integer(letters.count - refused.count),
                "reason": .text(letters[first].reason.message), "deadletter": .text(topic),
            ])
    }

    public func close() {
        channel?.producer.close(flushSeconds: 1)
        channel = nil
    }

    private func openChannel() throws(EFDError) -> Channel {
        if let channel { return channel }
        try DeadLetterTopic.create(topic, properties, hooks: hooks)
        let made = try Channel(properties, topic: topic, hooks: hooks, patience: patience)
        channel = made
        return made
    }

    /// Sends these dead letters and waits for their acknowledgement. Returns each with its error; nil: acknowledged.
    /// Omits those that did not fit the queue.
    private func send(_ letters: [DeadLetter], _ indices: ArraySlice<Int>) throws(EFDError) -> [(Int, EFDError?)] {
        let channel = try openChannel()
        channel.failures.withLock { $0 = [:] }
        var sent: [(Int, EFDError?)] = []
        for index in indices {
            switch produce(letters[index], channel, opaque: UInt(index + 1)) {
            case .queued: sent.append((index, nil))
            case .failed(let code): sent.append((index, unsent(code)))
            case .queueFull: break
            }
        }
        while !channel.producer.flush(seconds: 1) {
            if stop.isStopped {
                throw EFDError(
                    .sinkDeadLetterUnsent, "stopping before all dead letters were acknowledged", recovery: .retry)
            }
        }
        let failures = channel.failures.withLock { $0 }
        return sent.map { index, error in (index, error ?? failures[UInt(index + 1)].map(unsent)) }
    }

    private func unsent(_ code: KafkaErrorCode) -> EFDError {
        let cause = code.error(attempting: "sending a dead letter to \(topic)", on: "")
        return EFDError(
            .sinkDeadLetterUnsent, "the dead-letter topic \(topic) rejected a record: \(code)",
            remedy: DeadLetterTopic.remedy, recovery: cause.recovery == .retry ? .retry : .intervene)
    }

    private func produce(_ letter: DeadLetter, _ channel: Channel, opaque: UInt) -> ProduceOutcome {
        let headers = KafkaHeaderList()
        for header in letter.records.headers(of: letter.row) { header.add(to: headers) }
        headers.add(DeadLetterHeaders.topic, letter.topic)
        headers.add(DeadLetterHeaders.partition, String(letter.partition))
        headers.add(DeadLetterHeaders.offset, String(letter.offset))
        headers.add(DeadLetterHeaders.connector, connector)
        headers.add(DeadLetterHeaders.task, String(task))
        headers.add(DeadLetterHeaders.stage, letter.stage.rawValue)
        headers.add(DeadLetterHeaders.program, BuildInfo.name)
        headers.add(DeadLetterHeaders.cause, letter.reason.code.description)
        headers.add(DeadLetterHeaders.message, letter.reason.description)
        if let rejecter { headers.add(DeadLetterHeaders.group, rejecter.group) }
        if let destination = rejecter?.destination { headers.add(DeadLetterHeaders.destination, destination) }
        if let timestamp = letter.timestamp { headers.add(DeadLetterHeaders.timestamp, String(timestamp)) }
        return letter.records.withRecord(letter.row) { key, value in
            channel.producer.produce(
                channel.handle, KafkaRecord(key: key, value: value, headers: headers.view, opaque: opaque))
        }
    }
}
