import EFDCore

/// Sends records that cannot be stored to the dead-letter topic, byte for byte, with the reason in headers of Kafka
/// Connect's names.
///
/// Of use to one thread. Its producer is made when the first letter comes: most never do.
public final class DeadLetterQueue: @unchecked Sendable {
    private let properties: KafkaProperties
    private let topic: String
    private let connector: String
    private let task: Int
    private let log: Log
    private let stop: StopToken
    private let hooks: KafkaHooks
    private var channel: Channel?

    /// A producer with the outcome of what it was given.
    private final class Channel: Sendable {
        let producer: KafkaProducer
        let handle: KafkaTopicHandle
        let failure: Locked<KafkaErrorCode?>

        init(_ properties: KafkaProperties, topic: String, hooks: KafkaHooks) throws(EFDError) {
            let failure = Locked<KafkaErrorCode?>(nil)
            self.failure = failure
            var properties = properties
            // The very records that were too large elsewhere must go through here.
            try properties.set("message.max.bytes", String(DeadLetterTopic.maximumBytes))
            producer = try KafkaProducer(properties, hooks: hooks) { reports in
                for report in reports where report.error.isError { failure.withLock { $0 = report.error } }
            }
            handle = try producer.topic(topic)
        }
    }

    /// `connector` and `task` say in the headers who sends: the consumer group, say, and the number of its writer.
    public init(
        _ properties: KafkaProperties, topic: String, connector: String, task: Int, hooks: KafkaHooks,
        context: ProgramContext
    ) {
        self.properties = properties
        self.topic = topic
        self.connector = connector
        self.task = task
        self.hooks = hooks
        log = context.log
        stop = context.stop
    }

    /// Returns when every letter is acknowledged; false when the process stops before.
    public func send(_ letters: [DeadLetter]) -> Bool {
        var backoff = Backoff(base: 0.1, cap: 30)
        var rest = letters[...]
        while !rest.isEmpty {
            do throws(EFDError) {
                rest = try send(rest, through: try openChannel())
            } catch {
                log.error(
                    "records that cannot be stored could not be sent to the dead-letter topic either; reading waits",
                    error)
                if stop.wait(seconds: backoff.next()) { return false }
            }
        }
        let first = letters.first
        log.warning(
            "records sent to the dead-letter topic",
            [
                "topic": .text(first?.topic ?? ""), "count": .integer(letters.count),
                "reason": .text(first?.reason.message ?? ""), "deadletter": .text(topic),
            ])
        return true
    }

    public func close() { channel?.producer.close(flushSeconds: 1) }

    private func openChannel() throws(EFDError) -> Channel {
        if let channel { return channel }
        try DeadLetterTopic.create(topic, properties, hooks: hooks)
        let made = try Channel(properties, topic: topic, hooks: hooks)
        channel = made
        return made
    }

    /// Sends a bounded number of letters and waits for their acknowledgement. Returns those that are left.
    private func send(_ letters: ArraySlice<DeadLetter>, through channel: Channel) throws(EFDError) -> ArraySlice<
        DeadLetter
    > {
        channel.failure.withLock { $0 = nil }
        var sent = 0
        for letter in letters.prefix(DeadLetterTopic.lettersInFlight) {
            let outcome = produce(letter, channel)
            if case .failed(let code) = outcome { throw unsent(code) }
            guard outcome == .queued else { break }
            sent += 1
        }
        while !channel.producer.flush(seconds: 1) {
            if stop.isStopped {
                throw EFDError(
                    "sink.deadLetterUnsent", "stopping before all dead letters were acknowledged", recovery: .retry)
            }
        }
        if let failure = channel.failure.withLock({ $0 }) { throw unsent(failure) }
        return letters.dropFirst(sent)
    }

    private func unsent(_ code: KafkaErrorCode) -> EFDError {
        EFDError(
            "sink.deadLetterUnsent", "the topic \(topic) did not take a record: \(code)",
            remedy: DeadLetterTopic.remedy, recovery: .retry)
    }

    private func produce(_ letter: DeadLetter, _ channel: Channel) -> ProduceOutcome {
        var headers = KafkaHeaderList()
        for header in letter.records.headers(of: letter.row) { header.add(to: &headers) }
        headers.add("__connect.errors.topic", letter.topic)
        headers.add("__connect.errors.partition", String(letter.partition))
        headers.add("__connect.errors.offset", String(letter.offset))
        headers.add("__connect.errors.connector.name", connector)
        headers.add("__connect.errors.task.id", String(task))
        headers.add("__connect.errors.stage", letter.stage.rawValue)
        headers.add("__connect.errors.class.name", BuildInfo.name)
        headers.add("__connect.errors.exception.class.name", letter.reason.code.description)
        headers.add("__connect.errors.exception.message", letter.reason.description)
        return letter.records.withRecord(letter.row) { key, value in
            channel.producer.produce(channel.handle, KafkaRecord(key: key, value: value, headers: headers.view))
        }
    }
}

/// A header kept after its record was freed.
struct StoredHeader: Sendable {
    let name: String
    /// nil is Kafka's null.
    let value: [UInt8]?

    init(_ header: KafkaHeaders.Header) {
        name = header.name
        value = header.value.map(Array.init)
    }

    func add(to list: inout KafkaHeaderList) {
        guard let value else { return list.add(name, nil as UnsafeRawBufferPointer?) }
        value.withUnsafeBytes { list.add(name, $0) }
    }
}
