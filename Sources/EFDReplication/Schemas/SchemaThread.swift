import EFDCore
import EFDRegistry

/// Schemas in the replicator process: the interface of copy threads, and a thread that follows the source on an
/// interval.
public final class SchemaThread: Sendable {
    public let replicator: any SchemaReplicator
    private let follower: SchemaFollower?
    private let thread = Locked<JoinableThread?>(nil)

    /// - Parameter isChosen: whether a source topic is copied.
    public init(_ context: ProgramContext, isChosen: @escaping @Sendable (_ topic: String) -> Bool) throws(EFDError) {
        let settings = context.settings
        let mode = settings[SchemaSettings.mode]
        guard mode != .none else {
            (replicator, follower) = (NoSchemas(), nil)
            return
        }
        let source = RegistryClient(try Self.options(ReplicatorSettings.sourceRegistry, context))
        let target = RegistryClient(try Self.options(ReplicatorSettings.targetRegistry, context))
        let naming = SubjectNaming(try TopicNaming(settings))
        let strategy: any SchemaStrategy =
            switch mode {
            case .translate: TranslatedSchemas(source: source, target: target, naming: naming, log: context.log)
            case .mirror: MirroredSchemas(target: target)
            case .preserve, .none: PreservedSchemas(source: source, target: target, naming: naming, log: context.log)
            }
        replicator = RegistryReplicator(
            source: source, strategy: strategy, unknownWait: settings[SchemaSettings.unknownWait],
            avroTopics: settings[SchemaSettings.avroTopics],
            metrics: context.metrics, log: context.log)
        follower =
            mode == .mirror
            ? nil
            : SchemaFollower(
                source: source, target: target, strategy: strategy, naming: naming,
                interval: settings[SchemaSettings.syncInterval], metrics: context.metrics,
                log: context.log, stop: context.stop, isChosen: isChosen)
    }

    /// Starts following; `close` waits for its end after the program's stop.
    public func start() {
        guard let follower else { return }
        thread.withLock { $0 = JoinableThread("schema-follower") { follower.run() } }
    }

    public func close() { thread.withLock { $0.take() }?.join() }

    /// No retries: the caller must not block.
    private static func options(_ registry: RegistrySettings, _ context: ProgramContext) throws(EFDError)
        -> RegistryOptions
    {
        var options = try registry.options(context.settings, stop: context.stop)
        options.attempts = 1
        return options
    }
}

/// For mode `none`.
private struct NoSchemas: SchemaReplicator {
    func replicates(_ part: RecordPart, of topic: String) -> Bool { false }
    func replicate(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32 { id }
}

/// The counters of schemas.
struct SchemaMetrics: Sendable {
    let replicated: Counter
    let passed: Counter
    let refused: Counter
    let levels: Counter

    init(_ metrics: Metrics) {
        replicated = metrics.counter(
            "efd_schemas_replicated_total", "Schema ids replicated to the target's registry or found there.",
            formerly: "efd_schemas_carried_total")
        passed = metrics.counter(
            "efd_schema_ids_passed_total",
            "Ids without a schema of their topic: records are copied unchanged.")
        refused = metrics.counter(
            "efd_schemas_refused_total", "Schemas that cannot be replicated to the target: their partitions stall.")
        levels = metrics.counter(
            "efd_schema_levels_set_total", "Compatibility levels set at the target to those of the source."
        )
    }
}

/// The settings of schemas.
public enum SchemaSettings {
    public static let mode = Setting<SchemaMode>.choice(
        "schema-mode", default: .preserve,
        help: """
            preserve: same ids, by the target registry's mode IMPORT; translate: the target's own ids, \
            rewritten in the records; \
            mirror: wait for a registry that reads the copied topic; none.
            """)
    public static let avroTopics = Setting<NamePattern>.pattern(
        "avro-topic-regex", default: ".*",
        help:
            "Topics whose keys and values may begin with a schema id; records of other topics are copied unchanged.")
    public static let syncInterval = Setting<Double>.duration(
        "schema-sync-interval", default: "5m", from: "1s", to: "1d",
        help: "Time between checks for new versions and changed compatibility levels of the copied topics' subjects.")
    public static let unknownWait = Setting<Double>.duration(
        "unknown-schema-wait", default: "1m", from: "0s", to: "365d",
        help:
            "How long a partition waits for a schema that the source's registry does not know; then the record is "
            + "copied unchanged and counted."
    )

    static let section = SettingsTable.Section(
        "Schemas", [mode.spec, avroTopics.spec, syncInterval.spec, unknownWait.spec])
}
