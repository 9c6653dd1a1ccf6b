import EFDCore
import EFDKafka

/// The thread that replicates ACLs, if enabled.
final class AccessThread: Sendable {
    private let thread = Locked<JoinableThread?>(nil)

    /// Starts it; `close` waits for its end after the program's stop.
    init(_ context: ProgramContext, choice: TopicFilter) throws(EFDError) {
        let settings = context.settings
        let hooks = KafkaHooks(log: context.log, clientID: settings.table.program)
        guard settings[AccessSettings.sync] else { return }
        let sync = AccessSync(
            source: try KafkaAdmin(ReplicatorSettings.source.properties(settings), hooks: hooks),
            target: try KafkaAdmin(ReplicatorSettings.target.properties(settings), hooks: hooks),
            naming: try TopicNaming(settings), context: context
        ) { choice.takes($0) }
        thread.withLock { $0 = JoinableThread("access") { sync.run() } }
    }

    func close() { thread.withLock { $0.take() }?.join() }
}
