import EFDCore
import EFDKafka

/// `efd dlq replay`: sends dead letters back, each once however often the command runs.
public enum ReplayCommand {
    static let way = Setting<ReplayWay>.choice(
        "to", default: .sink,
        help: "sink: only the sink that rejected a record takes it; source: every reader of its topic does.")
    static let dryRun = Setting<Bool>.toggle("dry-run", help: "Only print which letters would be replayed.")

    public static let table = SettingsTable.process(
        "efd dlq replay",
        summary: "Sends dead letters back to their source topics, for all readers or only for the sink that failed.",
        positional: .init("TOPIC …", help: "Topics of dead letters."),
        sections: [
            .init("How", [way.spec, dryRun.spec, DeadLetterSettings.format.spec, ReplayProgress.topic.spec]),
            LetterFilter.section, KafkaSettings.standard.section,
        ],
        examples: [
            "efd dlq replay efd.influx-sink.deadletter --dry-run",
            "efd dlq replay efd.influx-sink.deadletter --cause sink.schemaUnknown --since 2h",
            "efd dlq replay connect-orders-dlq --to source --offsets 0/120-240",
        ])

    static var command: Program.Command {
        Program.Command("replay", summary: "Sends dead letters back to their source topics.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    static func check(_ settings: Settings) throws(EFDError) {
        try DeadLetterSettings.check(settings)
        try KafkaSettings.standard.check(settings, for: [.producing])
        if settings.positional.isEmpty {
            throw EFDError(
                .dlqNothingNamed, "no topic of dead letters is given",
                remedy: "Name at least one: efd dlq list prints them.")
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let report = try replay(context)
        Program.write(
            context.settings[DeadLetterSettings.format] == .json
                ? report.json.prettyText + "\n" : report.table(width: Terminal.width))
        guard report.leftCount == 0 else {
            throw EFDError(
                .dlqLettersLeft, "\(report.leftCount) of the selected letters cannot be replayed",
                remedy: "The reasons are above, with the position of each letter.")
        }
    }

    static func replay(_ context: ProgramContext) throws(EFDError) -> ReplayReport {
        let settings = context.settings
        let reader = try DeadLetterSettings.reader(context)
        let known = try reader.admin.describeTopics()
        let topics = try DeadLetterSettings.topics(settings.positional, among: known)
        let partitions = Dictionary(known.map { ($0.name, $0.partitions.count) }) { $1 }
        var replay = Replay(
            reader: reader, filter: try LetterFilter(settings, now: WallClock.seconds()),
            plan: ReplayPlan(way: settings[way], partitions: partitions),
            surroundings: ReplaySurroundings(reader, partitions: partitions),
            report: ReplayReport(isDryRun: settings[dryRun]), progressTopic: settings[ReplayProgress.topic])
        for topic in topics { try replay.run(topic, known: known) }
        return replay.report
    }
}

/// One run of the command.
private struct Replay {
    let reader: LetterReader
    let filter: LetterFilter
    let plan: ReplayPlan
    let surroundings: ReplaySurroundings
    var report: ReplayReport
    let progressTopic: String

    /// Replays the letters that the topic has now.
    mutating func run(_ topic: TopicDescription, known: [TopicDescription]) throws(EFDError) {
        // Before the progress is read: opening ends a former replay's transaction.
        let sender =
            report.isDryRun ? nil : try ReplaySender(reader, topic: topic.name, progressTopic: progressTopic)
        let kept =
            report.isDryRun
            ? known.first { $0.name == progressTopic } : try ReplayProgress.ensure(progressTopic, reader.admin)
        let progress = try ReplayProgress(kept, reader)
        let extent = try reader.extent(topic)
        var bar = ProgressLine("letters", of: extent.count)
        defer { bar.end() }
        try reader.read(extent) { (batch, messages) throws(EFDError) in
            var items: [ReplayItem] = []
            for index in messages {
                let letter = LetterFacts(batch[index], of: topic.name)
                guard filter.takes(letter) else { continue }
                if progress.contains(letter) {
                    report.wasReplayedBefore()
                } else if let item = try item(batch[index], letter) {
                    items.append(item)
                }
            }
            if let sender {
                try sender.send(items[...]) { letter, refusal in
                    if let refusal {
                        report.left(letter, .refused(refusal.message))
                    } else {
                        report.replayed(letter)
                    }
                }
            } else {
                for item in items { report.replayed(item.letter) }
            }
            bar.advance(by: messages.count)
        }
    }

    /// nil: the letter cannot be replayed, which the report says.
    private mutating func item(_ message: KafkaMessage, _ letter: LetterFacts) throws(EFDError) -> ReplayItem? {
        let target: ReplayTarget
        do throws(ReplayObstacle) { target = try plan.target(of: letter) } catch {
            report.left(letter, error)
            return nil
        }
        if plan.way == .sink, let group = letter.group, try !surroundings.isReading(group, target.topic) {
            report.left(letter, .groupAbsent(group: group, topic: target.topic))
            return nil
        }
        let timestamp = try surroundings.timestamp(
            letter.sourceTimestamp ?? letter.time, in: target.topic, now: WallClock.nanoseconds() / 1_000_000)
        return ReplayItem(message: message, letter: letter, target: target, timestamp: timestamp)
    }
}
