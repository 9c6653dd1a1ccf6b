import EFDCore
import EFDKafka
import EFDSink

/// One life of a connector, in a process of its own as far as the runtime knows: it is stopped, or killed.
final class ConnectorUnderTest: Sendable {
    private static let name = "conform"

    let script: SinkScript
    let group: String
    private let scope: Scope
    private let resources: ConnectorHost.Resources
    private let host: ConnectorHost
    private let lines: Locked<[String]>
    private let hasEnded = Locked(false)
    private let isExpectedToFail = Locked(false)

    init(_ plugin: SinkPlugin, _ settings: [String: String], group: String, script: SinkScript) throws {
        self.script = script
        self.group = group
        let lines = Locked<[String]>([])
        self.lines = lines
        let writer = LogWriter(format: .text) { line in lines.withLock { $0.append(line) } }
        scope = Scope(program: plugin.name, log: Log(level: .info, writer: writer))
        resources = ConnectorHost.Resources(scope)
        host = ConnectorHost(scope, resources: resources)
        let layer = SettingsLayer.connector(JSON.Members(settings), source: "the conformance suite")
        let parsed = try Settings.parse(plugin.connectorTable, layers: [layer], resources: .process)
        try plugin.checkAll(parsed)
        try host.start(.init(name: Self.name, plugin: plugin, settings: parsed))
    }

    // MARK: What it says of itself

    var state: ConnectorHost.State { host.statuses.first?.state ?? .stopped }
    /// A failure of it is what the test waits for.
    func mayFail() { isExpectedToFail.withLock { $0 = true } }
    var hasFailedUnasked: Bool { state == .failed && !isExpectedToFail.withLock { $0 } }
    /// Why it failed.
    var trace: EFDError? { host.statuses.first?.trace }
    var metrics: MetricsSnapshot { MetricsSnapshot(parsing: scope.metrics.text) }
    func metric(_ name: String) -> Int { Int(metrics.sum(name) ?? 0) }
    var isReady: Bool { scope.health.isReady }
    /// The broker took partitions away without asking, as from a member that did not answer in time.
    var hasLostPartitions: Bool { hasLogged("lost=yes") }
    /// The embedded broker accepts no commit while a member joins, as a real one does until all have joined.
    var couldNotCommitRevoked: Bool { hasLogged("could not be committed before partitions were revoked") }
    /// It ended and claims that nothing is left.
    var saysAllIsStored: Bool { hasLogged("all read records are stored") }
    private func hasLogged(_ text: String) -> Bool { lines.withLock { $0.contains { $0.contains(text) } } }
    var lastLines: String { lines.withLock { $0.suffix(25).joined(separator: "\n") } }

    /// What readiness says of a condition that is not met; nil: it is met, or there is none.
    func unmet(_ condition: String) -> String? {
        scope.health.conditions.first { $0.name == "\(Self.name)/\(condition)" && !$0.isMet }?.message
    }

    /// Each condition that is not met, with what readiness says of it.
    var unmet: [String] { scope.health.conditions.filter { !$0.isMet }.map { "\($0.name): \($0.message)" } }

    // MARK: Its end

    /// What was read is stored and committed.
    func stop() {
        host.stop(Self.name)
        close()
    }

    /// Asks it to stop, and does not wait until it has.
    func beginStop() { scope.stop.stop() }

    func restart() throws { try host.restart(Self.name) }

    /// Nothing that it does from now on has an effect, on the destination or the group's commits.
    func kill(_ broker: ConformanceBroker, _ topics: [TestTopic]) throws {
        script.die()
        try broker.keepingCommits(of: group, topics) { stop() }
    }

    /// Ends it if it runs still, whatever it waits for.
    func end() {
        scope.stop.stop()
        script.openGate()
        stop()
    }

    private func close() {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { resources.close() }
    }
}
