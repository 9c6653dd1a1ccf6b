import EFDCore
import EFDKafka
import EFDRegistry

/// `replicator verify`: whether the copies equal their sources.
public enum VerifyCommand {
    public static let table = SettingsTable.process(
        "replicator verify",
        summary: "Compares the topics of both sides record by record; exits with 1 if they differ.",
        sections: [
            VerifySettings.section, ReplicatorSettings.source.section, ReplicatorSettings.target.section,
            SettingsTable.Section(
                "Settings of the replicator",
                [
                    TopicSettings.renameFormat.spec, TopicSettings.renameRegex.spec, TopicSettings.renameTo.spec,
                    ReplicatorSettings.provenance.spec,
                    SchemaSettings.mode.spec,
                ]),
            ReplicatorSettings.sourceRegistry.section, ReplicatorSettings.targetRegistry.section,
        ],
        examples: [
            "replicator verify --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --since 2h --source-bootstrap-servers "
                + "summit-kafka:9092 --target-bootstrap-servers kafka:9092"
        ])

    public static var command: Program.Command {
        Program.Command("verify", summary: "Compare both sides record by record.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    static func check(_ settings: Settings) throws(EFDError) {
        _ = try VerifySettings.since(settings, now: 0)
        _ = try TopicNaming(settings)
        try ReplicatorSettings.checkSides(settings)
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let start = MonotonicClock.seconds()
        let hooks = KafkaHooks(log: context.log, clientID: "replicator-verify")
        let sides = Sides(
            source: try ReplicatorSettings.source.properties(settings),
            target: try ReplicatorSettings.target.properties(settings), hooks: hooks)
        let names = try TopicNaming(settings)
        let wanted = TopicFilter(include: settings[VerifySettings.topicRegex])
        let sourceAdmin = try KafkaAdmin(sides.source, hooks: hooks)
        let targetAdmin = try KafkaAdmin(sides.target, hooks: hooks)
        let since = try VerifySettings.since(settings, now: Double(WallClock.nanoseconds()) / 1e9)
        let plan = try VerifyPlan(
            source: sourceAdmin, target: targetAdmin, since: since,
            wants: { wanted.takes($0) },
            rename: { names.target($0) })
        let ids = settings[SchemaSettings.mode] == .translate ? try TranslatedIDs(context) : nil
        let returning = settings[ReplicatorSettings.provenance] ? targetAdmin.clusterID : nil
        let checks = PartitionChecks(
            sides: sides, source: sourceAdmin, target: targetAdmin, ids: ids, returning: returning, context: context)
        var results = try checks.run(plan)
        for pair in plan.absent where !pair.sourceRange.isEmpty {
            results.append(PartitionResult(pair: pair, isAbsent: true))
        }
        let report = VerifyReport(results, seconds: MonotonicClock.seconds() - start)
        Program.write(report.text(byPartition: settings[VerifySettings.byPartition], width: Terminal.width))
        if let error = report.error { throw error }
    }
}
