import EFDCore
import EFDKafka

/// What the commands of `efd dlq` have in common.
enum DeadLetterSettings {
    enum Format: String, CaseIterable, Sendable { case table, json }

    /// `--output` is the usual flag. The setting has another name, as `EFD_OUTPUT` is a destination of other programs.
    static let format = Setting<Format>.choice(
        "output-format", default: .table, help: "A table for people, or JSON for scripts."
    ).aliases("output")

    /// Validates all settings that a start needs, without touching the network.
    static func check(_ settings: Settings) throws(EFDError) {
        try KafkaSettings.standard.check(settings, for: [.consuming])
        if settings.table.settings.contains(where: { $0.name == LetterFilter.since.spec.name }) {
            _ = try LetterFilter(settings, now: WallClock.seconds())
        }
    }

    static func reader(_ context: ProgramContext) throws(EFDError) -> LetterReader {
        let hooks = KafkaHooks(log: context.log, clientID: "efd-dlq")
        return try LetterReader(
            try KafkaSettings.standard.properties(context.settings), hooks, stop: context.stop)
    }

    /// Listing all topics first creates none: a request for one by name would, on some brokers.
    static func topics(_ names: [String], among known: [TopicDescription]) throws(EFDError) -> [TopicDescription] {
        var topics: [TopicDescription] = []
        for name in names {
            guard let topic = known.first(where: { $0.name == name }) else {
                throw EFDError(
                    .dlqTopicMissing, "there is no topic \(name)",
                    remedy: "Check the name: efd dlq list prints the topics of dead letters.")
            }
            topics.append(topic)
        }
        return topics
    }
}
