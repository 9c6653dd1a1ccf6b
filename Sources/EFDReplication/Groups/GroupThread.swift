import EFDCore
import EFDKafka

/// The thread that translates consumer groups' offsets, if enabled.
final class GroupThread: Sendable {
    private let thread = Locked<JoinableThread?>(nil)

    /// Starts it; `close` waits for its end after the program's stop.
    init(_ context: ProgramContext, choice: TopicFilter) {
        guard context.settings[ReplicatorSettings.syncGroupOffsets] else { return }
        thread.withLock { thread in
            thread = JoinableThread("groups") {
                let hooks = KafkaHooks(log: context.log, clientID: context.settings.table.program)
                var backoff = Backoff(base: 1, cap: 30)
                while !context.stop.isStopped {
                    do throws(EFDError) {
                        return try Self.sync(context, hooks, choice).run()
                    } catch {
                        // The replicator creates its topics a moment later, or a cluster is unavailable.
                        context.log.warning("consumer groups cannot be synced yet", error)
                        context.stop.wait(seconds: backoff.next())
                    }
                }
            }
        }
    }

    func close() { thread.withLock { $0.take() }?.join() }

    private static func sync(_ context: ProgramContext, _ hooks: KafkaHooks, _ choice: TopicFilter) throws(EFDError)
        -> GroupSync
    {
        let settings = context.settings
        let source = try ReplicatorSettings.source.properties(settings)
        let target = try ReplicatorSettings.target.properties(settings)
        let admin = try KafkaAdmin(target, hooks: hooks)
        let topic = ReplicatorSettings.offsetsTopic(settings)
        guard let lanes = try admin.describe(topic: topic)?.partitions.count else {
            throw EFDError(
                .replicationOffsetsMissing, "the topic \(topic) does not exist at the target yet", recovery: .retry)
        }
        let reader = ProgressReader(
            properties: target, group: settings[ReplicatorSettings.groupID],
            topic: ReplicatorSettings.progressTopic(settings), hooks: hooks)
        let translation = GroupTranslation(
            map: try OffsetMap(target, topic: topic, lanes: lanes, hooks: hooks),
            probe: SourceProbe(properties: source, hooks: hooks), stop: context.stop,
            progress: { () throws(EFDError) in
                var progress: [TopicPartition: ProgressRecord] = [:]
                for lane in 0..<lanes { progress.merge(try reader.read(lane, seconds: 30)) { $1 } }
                return progress
            }, naming: try TopicNaming(settings))
        return GroupSync(
            source: try KafkaAdmin(source, hooks: hooks), target: admin, translation: translation, context: context
        ) { choice.takes($0) }
    }
}
