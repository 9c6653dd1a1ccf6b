import EFDCore
import EFDKafka

/// Translates offsets of consumer groups, exactly or not at all.
struct GroupTranslation {
    let map: OffsetMap
    let probe: SourceProbe
    let stop: StopToken
    /// The copy progress, for partitions that the map no longer has.
    let progress: () throws(EFDError) -> [TopicPartition: ProgressRecord]
    let naming: TopicNaming

    /// A translation that is valid if the source has no record from `from` on before `least`.
    private struct Condition {
        let from: Int64
        let least: Int64
        let target: PartitionOffset
    }

    /// The target's offsets. Omits those that are not copied yet, or older than the map.
    func translate(_ positions: Set<PartitionOffset>) throws(EFDError) -> [PartitionOffset: PartitionOffset] {
        guard !positions.isEmpty else { return [:] }
        try map.refresh(until: stop)
        var answers: [PartitionOffset: PartitionOffset] = [:]
        var conditions: [PartitionOffset: Condition] = [:]
        func note(_ position: PartitionOffset, _ translation: SpanList.Translation, in topic: String) {
            let partition = TopicPartition(topic, position.partition.partition)
            switch translation {
            case .exact(let offset): answers[position] = PartitionOffset(partition, offset)
            case .before(let first, let offset):
                conditions[position] = Condition(
                    from: position.offset, least: first, target: PartitionOffset(partition, offset))
            case .end(let copied, let offset):
                conditions[position] = Condition(
                    from: copied, least: position.offset, target: PartitionOffset(partition, offset))
            }
        }
        var forgotten: [PartitionOffset] = []
        var unknown: [PartitionOffset] = []
        for position in positions {
            guard let (topic, translation, isCut) = map.translation(of: position) else {
                unknown.append(position)
                continue
            }
            if case .before = translation, isCut {
                forgotten.append(position)
            } else {
                note(position, translation, in: topic)
            }
        }
        if !forgotten.isEmpty {
            for (position, translation) in try map.search(forgotten, until: stop) {
                note(position, translation, in: naming.target(position.partition.topic))
            }
        }
        if !unknown.isEmpty {
            let progress = try progress()
            for position in unknown {
                guard let record = progress[position.partition], record.target >= 0, position.offset >= record.next
                else { continue }
                note(
                    position, .end(copied: record.next, target: record.target),
                    in: naming.target(position.partition.topic))
            }
        }
        answers.merge(try holding(conditions)) { one, _ in one }
        return answers
    }

    /// Between an offset and the nearest copy the source may have transaction markers, or gaps after compaction: then
    /// both translate alike.
    private func holding(_ conditions: [PartitionOffset: Condition]) throws(EFDError) -> [PartitionOffset:
        PartitionOffset]
    {
        var answers = conditions.filter { $0.value.from >= $0.value.least }.mapValues(\.target)
        var open = conditions.filter { $0.value.from < $0.value.least }
        while !open.isEmpty && !stop.isStopped {
            // One query per partition at a time.
            let round = Dictionary(open.map { ($0.key.partition, $0) }) { one, _ in one }
            let first = try probe.first(round.map { PartitionOffset($0.key, $0.value.value.from) }, until: stop)
            for (partition, entry) in round {
                if let offset = first[partition], offset >= entry.value.least {
                    answers[entry.key] = entry.value.target
                }
                open[entry.key] = nil
            }
        }
        return answers
    }
}
