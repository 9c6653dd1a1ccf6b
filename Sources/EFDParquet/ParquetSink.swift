import EFDAvro
import EFDCore
import EFDSink

/// Parquet files as a destination: every row in exactly one file, files divided by topic and time.
///
/// Buffers rows in memory and publishes them in sets of files, each claimed by its first offset: see `Claim`.
public final class ParquetSink: Sink {
    public let name = "parquet"
    /// Parquet can store every Avro value: no row is rejected.
    public let capabilities = SinkCapabilities(
        offsets: .destination, buffersRows: true, canBeFenced: true, rejectsRows: false)
    public var destination: String? { store.root }
    private let store: any FileStore
    private let options: Options
    private let budget: MemoryBudget
    private let metrics: ParquetMetrics
    private let log: Log
    private let staging = Locked<Staging?>(nil)
    /// Resume positions of partitions, for the writers that get them.
    private let positions = Locked<[String: Position]>([:])

    struct Options: Sendable {
        let layout: PathLayout
        var timeFields: [String]
        var timeUnit = EventTime.Unit.auto
        let format: ParquetFormat
        let rotation: Rotation
    }

    /// Touches no file. Throws if settings exclude each other.
    ///
    /// - Parameter budget: the process's.
    public init(_ settings: Settings, budget: MemoryBudget, metrics: Metrics = Metrics(), log: Log = .silent)
        throws(EFDError)
    {
        let counters = ParquetMetrics(metrics)
        self.metrics = counters
        store = try OutputURL.store(settings) { counters.storeRetries.add() }
        options = Options(
            layout: try PathLayout(settings),
            timeFields: settings[EventTimeSettings.field], timeUnit: settings[EventTimeSettings.unit],
            format: ParquetFormat(settings),
            rotation: Rotation(
                policy: FlushPolicy(
                    rows: settings[ParquetSettings.rotateRows], bytes: settings[ParquetSettings.rotateBytes],
                    age: settings[ParquetSettings.rotateAge], idle: settings[ParquetSettings.rotateIdle]),
                timePartitions: Int64(settings[ParquetSettings.rotateSpan])))
        self.budget = budget
        self.log = log
    }

    public func open(_ log: Log) throws(EFDError) {
        try store.check()
        let made = try store.makeStaging()
        staging.withLock { $0 = made }
        log.info("the output is writable", ["output": .text(store.root)])
    }

    public func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter {
        guard let staging = staging.withLock({ $0 }) else {
            throw EFDError(.parquetNotOpen, "the output is not open")
        }
        let publisher = Publisher(store: store, staging: staging, format: options.format, log: log)
        return ParquetSinkWriter(publisher, options, budget: budget, metrics: metrics, log: log) {
            [positions] topic, partition in
            positions.withLock { $0["\(topic)+\(partition)"] ?? .unknown }
        }
    }

    public func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? {
        let found = try store.position(of: topic, partition)
        if let redo = found.redo {
            log.warning(
                "files of an unfinished file set are missing: rebuilding them from their records",
                [
                    "topic": .text(topic), "partition": .integer(Int(partition)), "offset": .integer(Int(redo.from)),
                    "next": .integer(Int(redo.next)),
                ])
        }
        positions.withLock { $0["\(topic)+\(partition)"] = found }
        return found.offset.map { SinkPosition(offset: $0, timestampBefore: found.timestampBefore) }
    }
}
