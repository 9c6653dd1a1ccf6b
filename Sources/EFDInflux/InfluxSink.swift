import EFDCore
import EFDSink

/// InfluxDB as a destination: one point per record, one InfluxDB field per record field.
///
/// Measurement, tags and time identify a point: writing it again replaces it, so at-least-once delivery is enough.
public final class InfluxSink: Sink {
    public let name = "influxdb"
    public let capabilities = SinkCapabilities()
    public let destination: String?
    private let target: InfluxTarget
    private let lineOptions: LineOptions
    private let desired: DatabaseSetup.DesiredDatabase
    private let requestSize: Int
    private let metrics: InfluxMetrics
    private let log: Log
    private let existing = Locked(DatabaseSetup.ExistingDatabase())

    /// Validates the settings together; touches no network.
    public init(_ settings: Settings, metrics: Metrics = Metrics(), log: Log = .silent, stop: StopToken? = nil)
        throws(EFDError)
    {
        target = try InfluxTarget(settings, stop: stop)
        destination = target.place
        lineOptions = try LineOptions(settings)
        desired = DatabaseSetup.DesiredDatabase(
            retention: settings.source(of: InfluxSettings.retention) == .defaultValue
                ? nil : settings[InfluxSettings.retention],
            mayCreate: settings[InfluxSettings.createDatabase], mayAlter: settings[InfluxSettings.alterRetention])
        requestSize = settings[InfluxSettings.requestSize]
        self.metrics = InfluxMetrics(metrics)
        self.log = log
    }

    public func open(_ log: Log) throws(EFDError) {
        let found = try DatabaseSetup(target: target, desired: desired, log: log).run()
        existing.withLock { $0 = found }
    }

    public func makeWriter(_ index: Int) -> any SinkWriter {
        let retention = existing.withLock { $0.retention }
        return InfluxWriter(
            target, lineOptions, requestSize: requestSize, retention: retention, metrics: metrics, log: log)
    }
}

/// Metrics of the writers, beside those of the runtime.
struct InfluxMetrics: Sendable {
    let requests: Counter
    let bytes: Counter
    let repeated: Counter

    init(_ metrics: Metrics) {
        requests = metrics.counter("efd_influxdb_requests_total", "Write requests sent to InfluxDB.")
        bytes = metrics.counter("efd_influxdb_request_bytes_total", "Bytes of line protocol sent to InfluxDB.")
        repeated = metrics.counter(
            "efd_influxdb_isolation_requests_total", "Write requests sent to find the lines that InfluxDB rejected.")
    }
}
