import EFDCore
import EFDKafka

/// `efd dlq list`: the topics of dead letters, and their letters by cause and source topic.
public enum ListCommand {
    static let pattern = Setting<NamePattern>.pattern(
        "dead-letter-regex", default: #".*(deadletter|dead-letter|dead_letter|dlq|DLQ).*"#,
        help: "Topics of dead letters, unless topics are named: the pattern must match the whole name.")
    static let rows = Setting<Int>.integer(
        "rows", default: 20, in: 0...1_000_000, help: "Causes and source topics to show of each topic, most first.")
    static let format = DeadLetterSettings.format

    public static let table = SettingsTable.process(
        "efd dlq list", summary: "Counts dead letters by cause and source topic, with their first and last time.",
        positional: .init("[TOPIC …]", help: "Topics of dead letters; default: all whose name looks like one."),
        sections: [
            .init("Topics and display", [pattern.spec, rows.spec, format.spec, ReplayProgress.topic.spec]),
            LetterFilter.section, KafkaSettings.standard.section,
        ],
        examples: [
            "efd dlq list", "efd dlq list efd.influx-sink.deadletter --since 2h", "efd dlq list --output json",
        ])

    static var command: Program.Command {
        Program.Command("list", summary: "Counts dead letters by cause and source topic.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: DeadLetterSettings.check, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let counts = try count(context)
        Program.write(
            context.settings[format] == .json
                ? counts.json.prettyText + "\n"
                : counts.topics.isEmpty
                    ? "There is no topic of dead letters.\n"
                    : counts.table(rows: context.settings[rows], width: Terminal.width))
    }

    static func count(_ context: ProgramContext) throws(EFDError) -> LetterCounts {
        let settings = context.settings
        let filter = try LetterFilter(settings, now: WallClock.seconds())
        let reader = try DeadLetterSettings.reader(context)
        let known = try reader.admin.describeTopics()
        let progressTopic = settings[ReplayProgress.topic]
        let progress = try ReplayProgress(known.first { $0.name == progressTopic }, reader)
        let topics =
            settings.positional.isEmpty
            ? known.filter { settings[pattern].matches($0.name) && $0.name != progressTopic }
            : try DeadLetterSettings.topics(settings.positional, among: known)
        var extents: [LetterReader.Extent] = []
        for topic in topics { extents.append(try reader.extent(topic)) }
        var counts = LetterCounts()
        var bar = ProgressLine("letters", of: extents.reduce(0) { $0 + $1.count })
        for extent in extents {
            counts.add(topic: extent.topic)
            try reader.read(extent) { (batch, messages) throws(EFDError) in
                for index in messages {
                    let letter = LetterFacts(batch[index], of: extent.topic)
                    if filter.takes(letter) { counts.add(letter, isReplayed: progress.contains(letter)) }
                }
                bar.advance(by: messages.count)
            }
        }
        bar.end()
        return counts
    }
}
