import EFDCore
import EFDRegistry

/// Runs any number of connectors side by side in one process: each is started, stopped, restarted and removed while its
/// neighbours run, and fails alone.
public final class ConnectorHost: Sendable {
    /// The configuration of one connector.
    public struct Connector: Sendable {
        public let name: String
        public let plugin: SinkPlugin
        public let settings: Settings

        public init(name: String, plugin: SinkPlugin, settings: Settings) {
            (self.name, self.plugin, self.settings) = (name, plugin, settings)
        }
    }

    /// With Kafka Connect's names.
    public enum State: String, Sendable {
        case running = "RUNNING"
        case failed = "FAILED"
        case stopped = "STOPPED"
    }

    public struct Status: Sendable {
        public let name: String
        public let state: State
        /// The error if it failed, else nil.
        public let trace: EFDError?
    }

    private struct Entry {
        var connector: Connector
        var scope: Scope
        var thread: ConnectorThread
        var outcome: Locked<(state: State, trace: EFDError?)>
    }

    private let scope: Scope
    public let resources: Resources
    private let entries = Locked<[String: Entry]>([:])

    /// - Parameter scope: the process's; each connector gets a child of it.
    public init(_ scope: Scope, resources: Resources) {
        self.scope = scope
        self.resources = resources
    }

    /// By name.
    public var statuses: [Status] {
        entries.withLock { entries in
            entries.values.map { entry in
                let (state, trace) = entry.outcome.withLock { $0 }
                return Status(name: entry.connector.name, state: state, trace: trace)
            }
        }.sorted { $0.name < $1.name }
    }

    /// Starts a connector on its own thread.
    ///
    /// - Throws: `sink.connectorExists` while one of that name runs.
    public func start(_ connector: Connector) throws(EFDError) {
        try remove(connector.name, onlyEnded: true)
        let scope = scope.child(connector: connector.name)
        let outcome = Locked<(state: State, trace: EFDError?)>((.running, nil))
        scope.health.set("connector", isMet: true, "running")
        let thread = ConnectorThread("connector") { [resources] in
            Self.run(connector, scope, resources, outcome)
        }
        let entry = Entry(connector: connector, scope: scope, thread: thread, outcome: outcome)
        entries.withLock { $0[connector.name] = entry }
    }

    private static func run(
        _ connector: Connector, _ scope: Scope, _ resources: Resources,
        _ outcome: Locked<(state: State, trace: EFDError?)>
    ) {
        do throws(EFDError) {
            let sink = try connector.plugin.make(connector.settings, scope, resources)
            try SinkTask(sink: sink, settings: connector.settings, scope: scope, resources: resources).run()
            outcome.withLock { $0 = (.stopped, nil) }
        } catch {
            scope.log.error("the connector failed", error)
            scope.health.set("connector", isMet: false, "failed: \(error)")
            outcome.withLock { $0 = (.failed, error) }
        }
    }

    /// Stops a connector: its records are stored and committed. Returns when it has ended; it stays listed.
    public func stop(_ name: String) {
        guard let entry = entries.withLock({ $0[name] }) else { return }
        entry.scope.stop.stop()
        entry.thread.join()
        entry.scope.health.clear("connector")
    }

    /// Stops a connector and starts it again, with other settings if given.
    ///
    /// - Throws: `sink.connectorUnknown`.
    public func restart(_ name: String, settings: Settings? = nil) throws(EFDError) {
        guard let entry = entries.withLock({ $0[name] }) else {
            throw EFDError(.sinkConnectorUnknown, "no connector is called \(name)")
        }
        stop(name)
        let old = entry.connector
        try start(Connector(name: name, plugin: old.plugin, settings: settings ?? old.settings))
    }

    /// Stops and removes a connector, with its series, conditions and heartbeats.
    public func remove(_ name: String) {
        stop(name)
        if let entry = entries.withLock({ $0.removeValue(forKey: name) }) { entry.scope.end() }
    }

    private func remove(_ name: String, onlyEnded: Bool) throws(EFDError) {
        guard let entry = entries.withLock({ $0[name] }) else { return }
        guard entry.outcome.withLock({ $0.state }) != .running else {
            throw EFDError(.sinkConnectorExists, "a connector called \(name) is already running")
        }
        remove(name)
    }

    /// Stops all connectors concurrently and waits until they have ended.
    public func stopAll() {
        let all = entries.withLock { Array($0.values) }
        for entry in all { entry.scope.stop.stop() }
        for entry in all { stop(entry.connector.name) }
    }

    /// The resources that the connectors of a process share.
    public final class Resources: Sendable {
        private let scope: Scope
        let connectors: Int
        private let plansByRegistry = Locked<[String: SchemaPlans]>([:])
        private let budget = Locked<MemoryBudget?>(nil)

        /// - Parameter connectors: the number that will share them.
        public init(_ scope: Scope, connectors: Int = 1) { (self.scope, self.connectors) = (scope, max(1, connectors)) }

        /// The plans of the registry in the settings: one instance for all connectors that use it as the same user.
        func plans(_ settings: Settings) throws(EFDError) -> SchemaPlans {
            let options = try RegistrySettings.standard.options(settings, stop: scope.stop)
            let registry = RegistrySettings.standard
            let key = [
                settings[registry.url].joined(separator: ","), settings[registry.user] ?? "",
                settings[registry.password] ?? "", settings[registry.token] ?? "",
            ].joined(separator: "\n")
            return plansByRegistry.withLock { plans in
                if let known = plans[key] { return known }
                let cache = SchemaCache(
                    RegistryClient(options), missingSeconds: SinkLimits.missingSchema, metrics: scope.metrics)
                let made = SchemaPlans(cache)
                plans[key] = made
                return made
            }
        }

        /// The memory for the buffered rows of all connectors. It belongs to the process: the first connector that asks
        /// determines its limit.
        public func memory(_ settings: Settings) -> MemoryBudget {
            budget.withLock { budget in
                let made = budget ?? MemoryBudget.ofProcess(settings, log: scope.log)
                budget = made
                return made
            }
        }

        /// Ends the threads. No connector may be running.
        public func close() {
            let all = plansByRegistry.withLock { plans in
                defer { plans = [:] }
                return Array(plans.values)
            }
            for plans in all { plans.close() }
        }
    }
}

/// A thread that several threads may join.
private final class ConnectorThread: Sendable {
    private let ended = StopToken()

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let ended = ended
        JoinableThread.detach(name) {
            body()
            ended.stop()
        }
    }

    func join() { ended.wait() }
}
