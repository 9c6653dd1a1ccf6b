import EFDCore
import EFDRegistry

/// What of the replicator deals with schemas: the carrier that copy threads ask, and a thread that follows the source
/// on an interval.
public final class SchemaService: Sendable {
    public let carrier: any SchemaReplicator
    private let follower: SchemaFollower?
    private let thread = Locked<JoinableThread?>(nil)

    /// - Parameter wants: whether a source topic is copied.
    public init(_ context: ProgramContext, wants: @escaping @Sendable (_ topic: String) -> Bool) throws(EFDError) {
        let settings = context.settings
        let mode = settings[SchemaSettings.mode]
        guard mode != .none else {
            (carrier, follower) = (NoSchemas(), nil)
            return
        }
        let source = RegistryClient(try Self.options(ReplicatorSettings.sourceRegistry, context))
        let target = RegistryClient(try Self.options(ReplicatorSettings.targetRegistry, context))
        let naming = SubjectNaming(try TopicNaming(settings))
        let way: any SchemaStrategy =
            switch mode {
            case .translate: TranslatedSchemas(source: source, target: target, naming: naming, log: context.log)
            case .mirror: MirroredSchemas(target: target)
            case .preserve, .none: PreservedSchemas(source: source, target: target, naming: naming, log: context.log)
            }
        carrier = RegistryCarrier(
            source: source, way: way, unknownWait: settings[SchemaSettings.unknownWait],
            avroTopics: settings[SchemaSettings.avroTopics],
            metrics: context.metrics, log: context.log)
        follower =
            mode == .mirror
            ? nil
            : SchemaFollower(
                source: source, target: target, way: way, naming: naming,
                interval: settings[SchemaSettings.syncInterval], metrics: context.metrics,
                log: context.log, stop: context.stop, wants: wants)
    }

    /// Starts following; `close` waits for its end, which comes when the program stops.
    public func start() {
        guard let follower else { return }
        thread.withLock { $0 = JoinableThread("schema-follower") { follower.run() } }
    }

    public func close() { thread.withLock { $0.take() }?.join() }

    /// Whoever asks has more to do than to wait for a registry: asked once, tried again later.
    private static func options(_ registry: RegistrySettings, _ context: ProgramContext) throws(EFDError)
        -> RegistryOptions
    {
        var options = try registry.options(context.settings, stop: context.stop)
        options.attempts = 1
        return options
    }
}

/// For mode `none`: nothing is looked at.
private struct NoSchemas: SchemaReplicator {
    func carries(_ part: RecordPart, of topic: String) -> Bool { false }
    func carry(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32 { id }
}
