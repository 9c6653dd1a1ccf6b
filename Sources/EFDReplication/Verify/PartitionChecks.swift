import EFDCore
import EFDKafka

/// The connections to both clusters.
struct Sides: Sendable {
    let source: KafkaProperties
    let target: KafkaProperties
    let hooks: KafkaHooks
}

/// Compares many partitions, several at a time, each thread with a consumer on each side.
struct PartitionChecks {
    let sides: Sides
    let source: KafkaAdmin
    let target: KafkaAdmin
    let ids: TranslatedIDs?
    /// The target cluster's id if records that came from there are excluded; nil: all are copied.
    let returning: String?
    let context: ProgramContext

    /// Bytes that a consumer prefetches.
    private static let queueKilobytes = "16384"

    /// The results in the order of the plan.
    func run(_ plan: VerifyPlan) throws(EFDError) -> [PartitionResult] {
        var progress = ProgressLine("partitions", of: plan.pairs.count)
        let threads = min(context.settings[VerifySettings.threads], max(1, plan.pairs.count))
        let outcomes = BoundedQueue<(index: Int, result: PartitionResult)>(capacity: 4 * threads)
        let cursor = WorkIndex()
        let workers = ThreadGroup()
        for _ in 0..<threads {
            workers.add(
                JoinableThread("verify") {
                    work(plan.pairs, cursor) { outcomes.push(($0, $1)) }
                })
        }
        var results = [PartitionResult?](repeating: nil, count: plan.pairs.count)
        for _ in plan.pairs {
            guard let outcome = outcomes.pop() else { break }
            results[outcome.index] = outcome.result
            progress.advance()
        }
        workers.join()
        progress.end()
        return results.compactMap { $0 }
    }

    private func work(_ pairs: [PartitionPair], _ cursor: WorkIndex, _ tell: (Int, PartitionResult) -> Void) {
        var check: PartitionCheck?
        while let index = cursor.next(below: pairs.count) {
            do throws(EFDError) {
                let ready: PartitionCheck = if let check { check } else { try makeCheck() }
                check = ready
                tell(index, try ready.run(pairs[index]))
            } catch {
                var result = PartitionResult(pair: pairs[index])
                result.error = error
                tell(index, result)
                // A failed consumer may be unusable.
                check?.close()
                check = nil
            }
        }
        check?.close()
    }

    private func makeCheck() throws(EFDError) -> PartitionCheck {
        let names = SourceNames()
        let ids = ids
        let header = ReplicatorSettings.provenanceHeader
        let returning = returning
        let here = try SideReader(try fetching(sides.source), hooks: sides.hooks) { message in
            // Records that came from the target are not copied back.
            if let returning, message.headers?.contains(where: { $0.name == header && $0.text == returning }) == true {
                return nil
            }
            guard let ids else { return RecordFingerprint(message, ignoring: header) }
            return RecordFingerprint(message, ignoring: header) { id, part in ids.target(of: id, names.topic, part) }
        }
        let there = try SideReader(try fetching(sides.target), hooks: sides.hooks) { message in
            // The same fingerprint on both sides.
            ids == nil
                ? RecordFingerprint(message, ignoring: header)
                : RecordFingerprint(message, ignoring: header) { id, _ in id }
        }
        return PartitionCheck(
            source: here, target: there, names: names, patience: context.settings[VerifySettings.wait],
            stop: context.stop
        ) { (pair, isSource, time) throws(EFDError) in
            let found = try (isSource ? source : target).offsets(
                of: [isSource ? pair.source : pair.target], at: .time(time))
            return found.first.flatMap { $0.offset >= 0 ? $0.offset : nil }
        }
    }

    private func fetching(_ properties: KafkaProperties) throws(EFDError) -> KafkaProperties {
        var properties = properties
        try properties.setIfAbsent("queued.max.messages.kbytes", Self.queueKilobytes)
        return properties
    }
}

/// The topic that a thread compares now.
final class SourceNames {
    var topic = ""
}
