/// What a stop has to wait for; a program sets it as it proceeds.
///
/// A request to a cluster that does not answer takes up to half a minute. A process that has nothing to flush or
/// commit, or cannot because the cluster is away, does not wait for it.
public final class Shutdown: Sendable {
    public enum Plan: Sendable {
        /// The program flushes and commits; it has the time of `--shutdown-timeout`.
        case drain
        /// A service with nothing to flush: ends with 0 within two seconds.
        case idle
        /// A command: ends with 1 within two seconds.
        case abandon
    }

    private let current: Locked<@Sendable () -> Plan>

    public init(_ plan: Plan) { current = Locked { plan } }

    public func set(_ plan: Plan) { set { plan } }

    /// `plan` is evaluated while the process stops.
    public func set(_ plan: @escaping @Sendable () -> Plan) { current.withLock { $0 = plan } }

    var plan: Plan { current.withLock { $0 }() }
}
