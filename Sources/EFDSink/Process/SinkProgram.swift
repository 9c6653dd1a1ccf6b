import EFDCore
import EFDHTTP

/// A sink's program: its pages, and the connectors that it hosts.
public enum SinkProgram {
    /// Runs the program of a plugin and exits as `Program.run` does. Its subcommand `host` runs several connectors.
    ///
    /// - Parameter commands: further subcommands of the program.
    public static func run(_ plugin: SinkPlugin, commands: [Program.Command] = []) -> Never {
        Program.run(plugin.table, commands: [HostCommand.command(plugin)] + commands, check: plugin.checkAll) {
            (context) throws(EFDError) in
            try withPages(context) { (resources) throws(EFDError) in
                let sink = try plugin.make(context.settings, context.scope, resources)
                try SinkTask(sink: sink, settings: context.settings, scope: context.scope, resources: resources).run()
            }
        }
    }

    /// Serves the process's pages while `body` runs.
    static func withPages(
        _ context: ProgramContext, connectors: Int = 1, _ body: (ConnectorHost.Resources) throws(EFDError) -> Void
    ) throws(EFDError) {
        let pages = try OperationsServer(
            context.settings[OperationsServer.listen], metrics: context.metrics, health: context.health,
            log: context.log)
        defer { pages.stop() }
        let resources = ConnectorHost.Resources(context.scope, connectors: connectors)
        defer { resources.close() }
        try body(resources)
    }
}
