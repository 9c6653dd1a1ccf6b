import EFDCore
import EFDKafka
import EFDRegistry

/// `efd dlq show`: everything about one dead letter.
public enum ShowCommand {
    static let hexBytes = Setting<Int>.bytes(
        "hex-bytes", default: "1kB", to: "16MiB", help: "How many bytes of what cannot be decoded to show.")

    public static let table = SettingsTable.process(
        "efd dlq show", summary: "Shows one dead letter: its headers, the reason, and its value as far as it decodes.",
        positional: .init("TOPIC/PARTITION/OFFSET", help: "The letter's position in its topic."),
        sections: [
            .init("Display", [hexBytes.spec, DeadLetterSettings.format.spec, ReplayProgress.topic.spec]),
            KafkaSettings.standard.section, RegistrySettings.standard.section,
        ],
        examples: [
            "efd dlq show efd.influx-sink.deadletter/0/12",
            "efd dlq show efd.influx-sink.deadletter/0/12 --registry-url http://registry:8081 --output json",
        ])

    static var command: Program.Command {
        Program.Command("show", summary: "Shows one dead letter, decoded as far as it goes.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    static func check(_ settings: Settings) throws(EFDError) {
        try DeadLetterSettings.check(settings)
        try RegistrySettings.standard.check(settings)
        _ = try position(settings)
    }

    static func position(_ settings: Settings) throws(EFDError) -> PartitionOffset {
        let parts = (settings.positional.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        guard settings.positional.count == 1, parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]),
            let offset = Int64(parts[2]), partition >= 0, offset >= 0
        else {
            throw EFDError(
                .dlqNothingNamed,
                settings.positional.isEmpty
                    ? "no letter is given" : "'\(settings.positional.joined(separator: " "))' is not one letter",
                remedy: "Write it as TOPIC/PARTITION/OFFSET: efd.influx-sink.deadletter/0/12.")
        }
        return PartitionOffset(TopicPartition(String(parts[0]), partition), offset)
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let view = try view(context)
        Program.write(
            context.settings[DeadLetterSettings.format] == .json
                ? view.json.prettyText + "\n" : view.text(hexBytes: context.settings[hexBytes]))
    }

    static func view(_ context: ProgramContext) throws(EFDError) -> LetterView {
        let settings = context.settings
        let wanted = try position(settings)
        let reader = try DeadLetterSettings.reader(context)
        let known = try reader.admin.describeTopics()
        _ = try DeadLetterSettings.topics([wanted.partition.topic], among: known)
        let progress = try ReplayProgress(known.first { $0.name == settings[ReplayProgress.topic] }, reader)
        let range = try reader.admin.watermarks(wanted.partition)
        let extent = LetterReader.Extent(
            topic: wanted.partition.topic, starts: [wanted], ends: [wanted.partition: wanted.offset + 1])
        let client = RegistryClient(try RegistrySettings.standard.options(settings, stop: context.stop))
        var view: LetterView?
        if range.contains(wanted.offset) {
            try reader.read(extent) { (batch, messages) throws(EFDError) in
                for index in messages where batch[index].offset == wanted.offset {
                    view = Self.view(batch[index], wanted.partition.topic, progress, client)
                }
            }
        }
        guard let view else {
            throw EFDError(
                .dlqLetterMissing,
                range.isEmpty
                    ? "\(wanted.partition) has no records"
                    : "\(wanted.partition) has no record at offset \(wanted.offset), but some of "
                        + "\(range.lowerBound) to \(range.upperBound - 1)",
                remedy: "efd dlq list prints which topics have letters.")
        }
        return view
    }

    private static func view(
        _ message: KafkaMessage, _ topic: String, _ progress: ReplayProgress, _ client: RegistryClient
    ) -> LetterView {
        let letter = LetterFacts(message, of: topic)
        let own = message.headers.map { $0.filter { !DeadLetterHeaders.isOwn($0.name) }.map(StoredHeader.init) } ?? []
        let value = message.value.map { bytes in
            LetterValue(Array(bytes)) { (id) throws(EFDError) in try client.schema(id: id) }
        }
        return LetterView(
            letter, headers: own, key: message.key.map { Array($0) }, value: value,
            isReplayed: progress.contains(letter))
    }
}
