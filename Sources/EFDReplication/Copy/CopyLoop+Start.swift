import EFDCore
import EFDKafka

// Selects the partitions to copy, and where they start.

extension CopyLoop {
    /// Adds the partitions that are new in the catalogue or on new lanes, and removes those that are gone.
    func refreshPartitions() throws(EFDError) {
        let version = context.catalogue.version
        guard version != catalogueVersion else { return }
        catalogueVersion = version
        let topics = context.catalogue.topics
        state.retain(topics)
        try perform()
        let additions = state.additions(topics)
        guard let committed = committedOffsets(additions.filter(\.isNew).map(\.partition)) else { return }
        let ends = endOffsets(additions)
        for addition in additions where !ends.unknown.contains(addition.lane) {
            let start = committed[addition.partition] ?? ends.offsets[addition.partition]
            add(addition, at: start)
        }
        if !topics.isEmpty { for lane in lanes.keys where !ends.unknown.contains(lane) { state.age(lane) } }
        try perform()
    }

    private func add(_ addition: CopyState.Addition, at offset: Int64?) {
        guard let lane = lanes[addition.lane] else { return }
        let (partition, topic) = (addition.partition, addition.topic)
        let route = lane.producer.route(
            to: topic.target, partition.partition, compression: topic.compression, provenance: context.provenance)
        route.looksAtKeys = context.schemas.replicates(.key, of: partition.topic)
        route.looksAtValues = context.schemas.replicates(.value, of: partition.topic)
        let id = state.add(addition, at: offset, stalledBy: context.postponed.take(partition))
        if id >= sources.count { sources += Array(repeating: nil, count: id + 1 - sources.count) }
        sources[id] = SourcePartition(
            id, partition, target: topic.target, lane: lane, route: route,
            metrics: context.metrics.topic(partition.topic))
        sourcesByRun.removeAll(keepingCapacity: true)
    }

    /// With `--start committed`, the committed offsets of the source's group for new partitions; nil: unknown now, try
    /// again.
    private func committedOffsets(_ partitions: [TopicPartition]) -> [TopicPartition: Int64]? {
        guard context.start == .committed, !partitions.isEmpty else { return [:] }
        guard let offsets = try? consumer.committed(partitions) else {
            catalogueVersion = -1
            return nil
        }
        let known = Dictionary(offsets.filter { $0.offset >= 0 }.map { ($0.partition, $0.offset) }) { one, _ in one }
        context.log.info(
            "partitions start at the offsets of the source's group",
            ["group": .text(context.group), "partitions": .integer(known.count)])
        if known.count < partitions.count {
            context.log.warning(
                "the source's group has committed nothing of some partitions, which start at their oldest records",
                ["group": .text(context.group), "partitions": .integer(partitions.count - known.count)])
        }
        return known
    }

    /// With `--start latest`, the ends of new partitions on new lanes, and the lanes of which an end is unknown now:
    /// such a lane starts with all its partitions or with none.
    private func endOffsets(_ additions: [CopyState.Addition]) -> (
        offsets: [TopicPartition: Int64], unknown: Set<Int>
    ) {
        var (offsets, unknown) = ([TopicPartition: Int64](), Set<Int>())
        guard context.start == .latest else { return (offsets, unknown) }
        for addition in additions where addition.isNew && state.lanes[addition.lane]?.isFresh == true {
            guard !unknown.contains(addition.lane) else { continue }
            if let end = try? consumer.watermarks(addition.partition).upperBound {
                offsets[addition.partition] = end
            } else {
                unknown.insert(addition.lane)
                catalogueVersion = -1
            }
        }
        return (offsets, unknown)
    }
}
