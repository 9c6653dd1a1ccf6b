import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// The replicator program: its settings and its start.
public enum ReplicatorService {
    public static let table = SettingsTable.process(
        "replicator",
        summary: "Copies Kafka topics with their schemas from one cluster to another, each record exactly once.",
        sections: [
            ReplicatorSettings.source.section, ReplicatorSettings.target.section, ReplicatorSettings.copying,
            TopicSettings.section,
            SchemaSettings.section, ReplicatorSettings.sourceRegistry.section,
            ReplicatorSettings.targetRegistry.section, GroupSettings.section,
            AccessSettings.section, ReplicatorSettings.operations,
        ],
        examples: [
            "replicator --source-bootstrap-servers summit-kafka:9092 --target-bootstrap-servers kafka:9092 "
                + "--source-registry-url http://summit-registry:8081 --target-registry-url http://registry:8081"
        ])

    /// The subcommands of the program: `replicator verify`, `replicator status`.
    public static var commands: [Program.Command] { [VerifyCommand.command, StatusCommand.command] }

    /// Validates settings together, without touching the network.
    public static func check(_ settings: Settings) throws(EFDError) {
        _ = try TopicNaming(settings)
        try ReplicatorSettings.checkSides(settings)
    }

    /// Runs until the process must stop.
    public static func run(_ context: ProgramContext) throws(EFDError) {
        let pages = try OperationsServer(
            context.settings[OperationsServer.listen], metrics: context.metrics, health: context.health,
            log: context.log)
        defer { pages.stop() }
        let choice = ReplicatorSettings.topicFilter(context.settings)
        let schemas = try SchemaThread(context) { topic in choice.takes(topic) }
        let groups = GroupThread(context, choice: choice)
        let access = try AccessThread(context, choice: choice)
        schemas.start()
        defer {
            context.stop.stop()
            schemas.close()
            groups.close()
            access.close()
        }
        try Replication(context, schemas: schemas.replicator).run()
    }
}
