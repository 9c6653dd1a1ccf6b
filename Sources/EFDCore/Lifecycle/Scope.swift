/// The context of one part of a process: its identity in logs, metrics and readiness, and its stop token.
///
/// A process has one; each of several connectors that it hosts has a child, whose lines, series and conditions carry
/// the connector's name, and which stops without affecting its neighbours.
public struct Scope: Sendable {
    /// The program's name, `influx-sink`: the default of groups, client ids and dead-letter topics.
    public let program: String
    /// The connector's name if the process hosts several; nil: the process hosts one and is named by its program.
    public let connector: String?
    public let log: Log
    public let metrics: Metrics
    public let health: Health
    public let stop: StopToken
    /// Conditions and heartbeats of this part.
    private let parent: Health?

    public init(
        program: String, log: Log = .silent, metrics: Metrics = Metrics(), health: Health = Health(),
        stop: StopToken = StopToken()
    ) {
        self.init(
            program: program, connector: nil, log: log, metrics: metrics, health: health, stop: stop, parent: nil)
    }

    private init(
        program: String, connector: String?, log: Log, metrics: Metrics, health: Health, stop: StopToken,
        parent: Health?
    ) {
        self.program = program
        self.connector = connector
        self.log = log
        self.metrics = metrics
        self.health = health
        self.stop = stop
        self.parent = parent
    }

    /// The connector's name, or the program's if it hosts only one.
    public var name: String { connector ?? program }

    /// A child for one connector.
    public func child(connector: String) -> Scope {
        Scope(
            program: program, connector: connector, log: log.with(["connector": .text(connector)]),
            metrics: metrics.child(["connector": connector]), health: health.child(connector), stop: stop.child(),
            parent: health)
    }

    /// Removes the series, conditions and heartbeats of a child. The process's own scope keeps them.
    public func end() {
        guard let parent else { return }
        metrics.removeAll()
        parent.remove(health)
    }
}
