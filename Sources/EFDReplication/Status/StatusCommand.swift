import EFDCore
import EFDHTTP
import EFDKafka

/// `replicator status`: the copy progress, from both clusters; no replicator is contacted.
public enum StatusCommand {
    static let metricsURLs = Setting<[String]>.urls(
        "metrics-url",
        help:
            "URLs of running replicators' pages (http://host:port), to add their current rates; separate several "
            + "by commas."
    )
    static let laggingOnly = Setting<Bool>.toggle(
        "lagging-only", help: "Omit topics that are copied completely.")

    public static let table = SettingsTable.process(
        "replicator status", summary: "Shows the copy progress of each topic: lag, age and positions.",
        sections: [
            SettingsTable.Section(
                "Display",
                [
                    ReplicatorSettings.groupID.spec, ReplicatorSettings.topicRegex.spec,
                    ReplicatorSettings.excludeRegex.spec, laggingOnly.spec, metricsURLs.spec,
                ]),
            ReplicatorSettings.source.section, ReplicatorSettings.target.section,
        ],
        examples: [
            "replicator status --source-bootstrap-servers summit-kafka:9092 --target-bootstrap-servers kafka:9092"
        ])

    public static var command: Program.Command {
        Program.Command("status", summary: "Show the copy progress of each topic.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: ReplicatorSettings.checkClusters, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let hooks = KafkaHooks(log: context.log, clientID: "replicator-status")
        let target = try ReplicatorSettings.target.properties(settings)
        let source = try KafkaAdmin(try ReplicatorSettings.source.properties(settings), hooks: hooks)
        let topic = ReplicatorSettings.progressTopic(settings)
        guard let lanes = try KafkaAdmin(target, hooks: hooks).describe(topic: topic)?.partitions.count else {
            throw EFDError(
                .replicationProgressMissing,
                "the target has no topic \(topic): no replicator of that group has copied to it",
                remedy: "Check --group-id and --target-bootstrap-servers.")
        }
        let reader = ProgressReader(
            properties: target, group: settings[ReplicatorSettings.groupID], topic: topic, hooks: hooks)
        var progress: [TopicPartition: ProgressRecord] = [:]
        for lane in 0..<lanes { progress.merge(try reader.read(lane, seconds: 30)) { $1 } }
        let wanted = ReplicatorSettings.topicFilter(settings)
        let partitions = try source.describeTopics().filter { wanted.takes($0.name) }.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.id) }
        }
        guard !partitions.isEmpty || progress.keys.contains(where: { wanted.takes($0.topic) }) else {
            throw EFDError(
                .replicationNothingToShow, "neither the source nor the copies have a topic that matches",
                remedy: "Check --topic-regex, --exclude-regex and --source-bootstrap-servers.")
        }
        let ends = try source.offsets(of: partitions, at: .latest)
        let starts = try source.offsets(of: partitions, at: .earliest)
        var status = ReplicationStatus(now: WallClock.seconds())
        for (start, end) in zip(starts, ends) {
            status.add(end.partition, start.offset..<max(start.offset, end.offset), progress[end.partition])
        }
        status.addVanished(progress.keys.filter { wanted.takes($0.topic) })
        let rates = try Rates(settings[metricsURLs], stop: context.stop)
        Program.write(status.text(laggingOnly: settings[laggingOnly], width: Terminal.width) + rates.text)
    }
}
