import EFDCore
import EFDKafka

/// Where a replayed letter goes: to everybody who reads its source topic, or only to the sink that rejected it.
enum ReplayWay: String, CaseIterable, Sendable { case sink, source }

/// Why a letter cannot be replayed.
enum ReplayObstacle: Error, Hashable, CustomStringConvertible {
    case sourceUnknown
    case sample
    case topicMissing(String)
    case groupUnknown
    case groupAbsent(group: String, topic: String)
    case refused(String)

    var description: String {
        switch self {
        case .sourceUnknown: "the headers name no source topic"
        case .sample: "the value is a DDS sample, which never was a record of the topic"
        case .topicMissing(let topic): "the source topic \(topic) does not exist"
        case .groupUnknown: "no consumer group of a sink in the headers; use --to source"
        case .groupAbsent(let group, let topic):
            "group \(group) has no offsets in \(topic): its sink does not read it; start it, or use --to source"
        case .refused(let reason): "Kafka rejected the record: \(reason)"
        }
    }
}

/// The record that a letter becomes.
struct ReplayTarget: Sendable, Equatable {
    let topic: String
    /// The source record's partition, so that its neighbours by key stay its neighbours; `KafkaRecord.anyPartition` if
    /// the topic has no such partition.
    let partition: Int32
    /// In addition to the source record's own.
    let headers: [StoredHeader]
}

/// Decides where letters go. Pure.
struct ReplayPlan: Sendable {
    let way: ReplayWay
    /// The partitions of the topics that exist.
    let partitions: [String: Int]

    /// Earlier failures that a record keeps, the latest ones.
    static let historyLimit = 20
    private static let longestMessage = 500

    func target(of letter: LetterFacts) throws(ReplayObstacle) -> ReplayTarget {
        guard let source = letter.source else { throw .sourceUnknown }
        if letter.isSample { throw .sample }
        guard let count = partitions[source.topic] else { throw .topicMissing(source.topic) }
        var headers: [StoredHeader] = []
        if way == .sink {
            guard let group = letter.group else { throw .groupUnknown }
            headers.append(StoredHeader(DeadLetterHeaders.replayGroup, Array(group.utf8)))
        }
        headers.append(StoredHeader(DeadLetterHeaders.replayCount, Array(String(letter.replays + 1).utf8)))
        for entry in (letter.history + [Self.entry(letter)]).suffix(Self.historyLimit) {
            headers.append(StoredHeader(DeadLetterHeaders.replayHistory, Array(entry.utf8)))
        }
        let partition = source.partition.flatMap { $0 < count ? $0 : nil } ?? KafkaRecord.anyPartition
        return ReplayTarget(topic: source.topic, partition: partition, headers: headers)
    }

    /// The failure that this letter is, for the record's history.
    private static func entry(_ letter: LetterFacts) -> String {
        var entry: JSON.Members = [
            "letter": .string(letter.position), "time": .string(LetterTime.text(letter.time)),
            "cause": .string(letter.cause),
        ]
        if let message = letter.message { entry["message"] = .string(String(message.prefix(longestMessage))) }
        if let sender = letter.group ?? letter.connector { entry["group"] = .string(sender) }
        if let source = letter.source, let partition = source.partition, let offset = source.offset {
            entry["source"] = .string("\(source.topic)/\(partition)/\(offset)")
        }
        return JSON.object(entry).text
    }
}
