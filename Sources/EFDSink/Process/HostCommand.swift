import CPosix
import EFDCore

/// `influx-sink host FILE …`: several connectors of one kind side by side in one process.
public enum HostCommand {
    public static func table(_ plugin: SinkPlugin) -> SettingsTable {
        .process(
            "\(plugin.name) host",
            summary: "Hosts several connectors, each from a Kafka Connect configuration; a failed one restarts.",
            positional: .init(
                "FILE …", help: "JSON: {\"name\": …, \"config\": {…}} with the settings of \(plugin.name)."),
            sections: SinkSettings.processSections(of: plugin.name),
            examples: ["\(plugin.name) host events.json telemetry.json"])
    }

    static func command(_ plugin: SinkPlugin) -> Program.Command {
        Program.Command("host", summary: "Hosts several connectors side by side.") { arguments in
            Program.run(
                table(plugin), arguments: arguments,
                check: { (settings) throws(EFDError) in _ = try connectors(settings, plugin) },
                body: { (context) throws(EFDError) in
                    let connectors = try connectors(context.settings, plugin)
                    try SinkProgram.withPages(context, connectors: connectors.count) { (resources) throws(EFDError) in
                        try run(connectors, ConnectorHost(context.scope, resources: resources), context.stop)
                    }
                })
        }
    }

    private static func connectors(_ settings: Settings, _ plugin: SinkPlugin) throws(EFDError)
        -> [ConnectorHost.Connector]
    {
        let connectors = try ConnectorFile.read(settings.positional, plugin)
        if connectors.isEmpty {
            throw EFDError(.sinkConnectorMissing, "no connector is given", remedy: "Name the files of one or more.")
        }
        for connector in connectors { try plugin.checkAll(connector.settings) }
        return connectors
    }

    /// Runs the connectors until the process stops. A failed one restarts, after increasing delays.
    static func run(
        _ connectors: [ConnectorHost.Connector], _ host: ConnectorHost, _ stop: StopToken
    ) throws(EFDError) {
        defer { host.stopAll() }
        for connector in connectors { try host.start(connector) }
        var trimmed = MonotonicClock.seconds()
        var pauses: [String: (backoff: Backoff, until: Double?)] = [:]
        while !stop.wait(seconds: SinkLimits.connectorLook) {
            let now = MonotonicClock.seconds()
            if now - trimmed > SinkLimits.trimInterval {
                trimmed = now
                posix_trim_heap()
            }
            for status in host.statuses where status.state == .failed {
                var pause = pauses[status.name] ?? (Backoff(base: 5, cap: 300), nil)
                if let until = pause.until {
                    guard now >= until else { continue }
                    pause.until = nil
                    try host.restart(status.name)
                } else {
                    pause.until = now + pause.backoff.next()
                }
                pauses[status.name] = pause
            }
        }
    }
}
