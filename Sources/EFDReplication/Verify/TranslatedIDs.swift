import EFDCore
import EFDRegistry

/// The ids that copies have instead of the source's, looked up in both registries without changing either.
final class TranslatedIDs: Sendable {
    private struct Question: Hashable {
        let id: Int32
        let topic: String
        let part: RecordPart
    }

    private let replicator: RegistryReplicator
    private let answers = Locked<[Question: Int32]>([:])

    init(_ context: ProgramContext) throws(EFDError) {
        let source = RegistryClient(try ReplicatorSettings.sourceRegistry.options(context.settings, stop: context.stop))
        let target = RegistryClient(try ReplicatorSettings.targetRegistry.options(context.settings, stop: context.stop))
        let naming = SubjectNaming(try TopicNaming(context.settings))
        replicator = RegistryReplicator(
            source: source,
            strategy: TranslatedSchemas(source: source, target: target, naming: naming, isReadOnly: true, log: .silent),
            unknownWait: 0,
            metrics: Metrics(), log: .silent)
    }

    /// The same id if none is known: the records then differ.
    func target(of id: Int32, _ topic: String, _ part: RecordPart) -> Int32 {
        let question = Question(id: id, topic: topic, part: part)
        if let known = answers.withLock({ $0[question] }) { return known }
        let answer = (try? replicator.replicate(id, topic: topic, part: part)) ?? id
        answers.withLock { $0[question] = answer }
        return answer
    }
}
