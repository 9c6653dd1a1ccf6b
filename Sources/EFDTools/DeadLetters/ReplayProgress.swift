import EFDCore
import EFDKafka

/// Which letters were replayed, from a topic to which each transaction of a replay adds its letters.
struct ReplayProgress: Sendable {
    static let topic = Setting<String>.text(
        "progress-topic", "TOPIC", default: "efd.dlq.replayed",
        help: "Topic that keeps which letters were replayed; created with the first replay.")

    /// Offset and time: a dead-letter topic that is deleted and created again has the same offsets, not the same times.
    private var replayed: [TopicPartition: [Int64: Int64]] = [:]

    func contains(_ letter: LetterFacts) -> Bool { replayed[letter.partition]?[letter.offset] == letter.time }

    mutating func add(_ letter: LetterFacts) { replayed[letter.partition, default: [:]][letter.offset] = letter.time }

    /// Reads the topic to its end. Open the producer of the replays first: that completes an unfinished transaction.
    init(_ topic: TopicDescription?, _ reader: LetterReader) throws(EFDError) {
        guard let topic else { return }
        try reader.read(try reader.extent(topic)) { (batch, messages) throws(EFDError) in
            for index in messages { if let value = batch[index].value { try add(Array(value)) } }
        }
    }

    private mutating func add(_ value: [UInt8]) throws(EFDError) {
        let document = try JSON.parse(value)
        guard let topic = document["topic"]?.string else { return }
        for letter in document["letters"]?.elements ?? [] {
            guard let numbers = letter.elements, numbers.count == 3, let partition = numbers[0].integer,
                let offset = numbers[1].integer, let time = numbers[2].integer
            else { continue }
            replayed[TopicPartition(topic, Int32(clamping: partition)), default: [:]][offset] = time
        }
    }

    /// The record of one transaction: `{"topic":"efd.influx-sink.deadletter","letters":[[0,12,1764400000000]]}`, each
    /// letter with its partition, offset and time.
    static func record(_ letters: [LetterFacts]) -> [UInt8] {
        let entries = letters.map { letter -> JSON in
            [.integer(Int64(letter.partition.partition)), .integer(letter.offset), .integer(letter.time)]
        }
        let document: JSON = ["topic": .string(letters.first?.partition.topic ?? ""), "letters": .array(entries)]
        return Array(document.text.utf8)
    }

    /// Created if it is missing, with unlimited retention.
    static func ensure(_ name: String, _ admin: KafkaAdmin) throws(EFDError) -> TopicDescription? {
        let topic = NewTopic(name, configuration: ["retention.ms": "-1", "cleanup.policy": "delete"])
        return try admin.ensureTopics([topic]).topics[name]
    }
}
