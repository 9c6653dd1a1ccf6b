import EFDCore
import EFDHTTP

/// A sink's program: its pages, and the connector that it hosts.
public enum SinkProgram {
    /// Runs a program that is its plugin and exits as `Program.run` does.
    ///
    /// - Parameter commands: verbs of the program beside its service.
    public static func run(_ plugin: SinkPlugin, commands: [Program.Command] = []) -> Never {
        Program.run(plugin.table, commands: commands, check: plugin.checkAll) { (context) throws(EFDError) in
            try run(plugin, context)
        }
    }

    /// One connector from the program's own settings. Returns when the process is told to stop; throws what a person
    /// must correct.
    private static func run(_ plugin: SinkPlugin, _ context: ProgramContext) throws(EFDError) {
        let pages = try OperationsServer(
            context.settings[OperationsServer.listen], metrics: context.metrics, health: context.health,
            log: context.log)
        defer { pages.stop() }
        let resources = ConnectorHost.Resources(context.scope)
        defer { resources.close() }
        let sink = try plugin.make(context.settings, context.scope, resources)
        try SinkTask(sink: sink, settings: context.settings, scope: context.scope, resources: resources).run()
    }
}
