import EFDCore
import EFDKafka

/// The resources of a source partition in a copy thread: the route to the target and the schema ids known there. Its
/// do is in `CopiedPartition`, under the same id.
final class SourcePartition {
    let id: Int
    let partition: TopicPartition
    /// Name of the topic at the target.
    let target: String
    let lane: Lane
    let route: RelayRoute
    let metrics: TopicMetrics
    /// Schema ids that the target's registry knows, with the ids to write.
    private var keyIDs: [Int32: Int32] = [:]
    private var valueIDs: [Int32: Int32] = [:]

    init(
        _ id: Int, _ partition: TopicPartition, target: String, lane: Lane, route: RelayRoute, metrics: TopicMetrics
    ) {
        (self.id, self.partition, self.target, self.lane) = (id, partition, target, lane)
        (self.route, self.metrics) = (route, metrics)
    }

    /// Lets records with that schema id pass, once the target's registry has the schema. The error says why the record
    /// must wait.
    func pass(_ id: Int32, _ part: RecordPart, _ schemas: any SchemaReplicator) throws(EFDError) {
        switch part {
        case .key:
            let written =
                if let known = keyIDs[id] { known } else {
                    try schemas.replicate(id, topic: partition.topic, part: part)
                }
            keyIDs[id] = written
            route.passKeys(id, as: written)
        case .value:
            let written =
                if let known = valueIDs[id] { known } else {
                    try schemas.replicate(id, topic: partition.topic, part: part)
                }
            valueIDs[id] = written
            route.passValues(id, as: written)
        }
    }

    /// Why the target rejects a copy of the open transaction; nil: none was rejected so far.
    var failure: EFDError? {
        guard route.failed > 0 else { return nil }
        return route.failure.error(attempting: "copying \(partition) to \(target)", on: "the target")
    }

    /// The spans of the open transaction; nil if it has no copies. All copies must be acknowledged.
    var spans: SpanRecord? {
        let spans = CopiedSpan.match(route.sourceOffsets, route.targetOffsets)
        return spans.isEmpty ? nil : SpanRecord(partition, targetTopic: target, spans: spans)
    }
}

extension CopiedSpan {
    /// The n-th offset of `source` belongs to the n-th of `target`.
    static func match(_ source: [Range<Int64>], _ target: [Range<Int64>]) -> [CopiedSpan] {
        var spans: [CopiedSpan] = []
        var (sources, targets) = (source[...], target[...])
        while let from = sources.first, let to = targets.first {
            let count = min(from.count, to.count)
            spans.append(CopiedSpan(source: from.lowerBound, target: to.lowerBound, count: Int64(count)))
            sources[sources.startIndex] = from.lowerBound + Int64(count)..<from.upperBound
            targets[targets.startIndex] = to.lowerBound + Int64(count)..<to.upperBound
            if sources[sources.startIndex].isEmpty { sources.removeFirst() }
            if targets[targets.startIndex].isEmpty { targets.removeFirst() }
        }
        return spans
    }
}
