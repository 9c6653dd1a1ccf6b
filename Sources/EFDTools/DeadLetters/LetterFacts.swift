import EFDKafka

/// A dead letter as its headers describe it: the suite's, Kafka Connect's, or any program's with Connect's names.
struct LetterFacts: Sendable {
    /// The position of the record that was rejected.
    struct Source: Sendable, Equatable {
        let topic: String
        /// nil: unknown, as for samples that never were in Kafka.
        let partition: Int32?
        let offset: Int64?
    }

    let partition: TopicPartition
    let offset: Int64
    /// The letter's own time, in milliseconds since 1970: when the suite's programs rejected the record; Kafka Connect
    /// gives its letters the time of the source record.
    let time: Int64
    /// The error's code or the exception's class; `unknown` without headers.
    let cause: String
    let message: String?
    let stage: String?
    let program: String?
    let connector: String?
    /// The consumer group of the sink; nil: a program that cannot be addressed.
    let group: String?
    let destination: String?
    let source: Source?
    /// Milliseconds since 1970.
    let sourceTimestamp: Int64?
    /// How often it was replayed already.
    let replays: Int
    /// Earlier failures, oldest first: JSON.
    let history: [String]

    static let unknownCause = "unknown"

    init(_ message: KafkaMessage, of topic: String) {
        var texts: [String: String] = [:]
        var history: [String] = []
        for header in message.headers.map(Array.init) ?? [] where DeadLetterHeaders.isOwn(header.name) {
            guard let text = header.text else { continue }
            if header.name == DeadLetterHeaders.replayHistory {
                history.append(text)
            } else {
                texts[header.name] = text
            }
        }
        partition = TopicPartition(topic, message.partition)
        offset = message.offset
        time = message.timestamp ?? 0
        cause = texts[DeadLetterHeaders.cause] ?? Self.unknownCause
        self.message = texts[DeadLetterHeaders.message]
        stage = texts[DeadLetterHeaders.stage]
        program = texts[DeadLetterHeaders.program]
        connector = texts[DeadLetterHeaders.connector]
        group = texts[DeadLetterHeaders.group]
        destination = texts[DeadLetterHeaders.destination]
        source = texts[DeadLetterHeaders.topic].map { topic in
            Source(
                topic: topic,
                partition: texts[DeadLetterHeaders.partition].flatMap { Int32($0) }.flatMap { $0 < 0 ? nil : $0 },
                offset: texts[DeadLetterHeaders.offset].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 })
        }
        sourceTimestamp = texts[DeadLetterHeaders.timestamp].flatMap { Int64($0) }
        replays = texts[DeadLetterHeaders.replayCount].flatMap { Int($0) } ?? 0
        self.history = history
    }

    /// `TOPIC/PARTITION/OFFSET`, as `efd dlq show` takes it.
    var position: String { "\(partition.topic)/\(partition.partition)/\(offset)" }

    /// A DDS sample that could not become a record: its value is not one of the topic.
    var isSample: Bool { source?.offset == nil && stage == DeadLetter.Stage.decoding.rawValue && group == nil }
}
