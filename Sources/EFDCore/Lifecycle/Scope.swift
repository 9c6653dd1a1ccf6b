/// What one part of a process runs with: who it is in logs, metrics and readiness, and how it is stopped.
///
/// A process has one; each of several connectors that it hosts has a child, whose lines, series and conditions carry
/// the connector's name, and which stops and ends without touching its neighbours.
public struct Scope: Sendable {
    /// The program's name, `influx-sink`: the default of groups, client ids and dead-letter topics.
    public let program: String
    /// The connector's name where the process hosts several; nil: the process hosts one and is named by its program.
    public let connector: String?
    public let log: Log
    public let metrics: Metrics
    public let health: Health
    public let stop: StopToken
    /// Where this one's conditions and heartbeats count.
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

    /// The connector's name, or the program's where it hosts one.
    public var name: String { connector ?? program }

    /// A part of its own for one connector.
    public func child(connector: String) -> Scope {
        Scope(
            program: program, connector: connector, log: log.with(["connector": .text(connector)]),
            metrics: metrics.child(["connector": connector]), health: health.child(connector), stop: stop.child(),
            parent: health)
    }

    /// Takes the part's series, conditions and heartbeats away. Of a process's own scope nothing is taken away.
    public func end() {
        guard let parent else { return }
        metrics.removeAll()
        parent.remove(health)
    }
}
