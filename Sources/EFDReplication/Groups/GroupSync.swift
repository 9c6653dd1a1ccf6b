import EFDCore
import EFDKafka

/// Carries the positions of consumer groups from the source to the target, on an interval.
///
/// A group that has members at the target is left alone, and no position ever goes back. Several replicators may do it
/// at once: what they write is the same.
final class GroupSync {
    private let source: KafkaAdmin
    private let target: KafkaAdmin
    private let translation: GroupTranslation
    private let wants: @Sendable (_ topic: String) -> Bool
    private let context: ProgramContext
    /// What was carried over of each group, to be left alone while it does not move.
    private var carried: [String: [TopicPartition: Int64]] = [:]
    private let metrics: GroupMetrics

    init(
        source: KafkaAdmin, target: KafkaAdmin, translation: GroupTranslation, context: ProgramContext,
        wants: @escaping @Sendable (_ topic: String) -> Bool
    ) {
        (self.source, self.target, self.translation, self.context, self.wants) = (
            source, target, translation, context, wants
        )
        metrics = GroupMetrics(context.metrics)
    }

    func run() {
        let interval = context.settings[GroupSettings.interval]
        var backoff = Backoff(base: 1, cap: max(1, interval))
        var isStopped = false
        while !isStopped {
            do throws(EFDError) {
                try round()
                backoff.reset()
                isStopped = context.stop.wait(seconds: interval)
            } catch {
                context.log.warning("consumer groups cannot be carried over now", error)
                isStopped = context.stop.wait(seconds: backoff.next())
            }
        }
        translation.map.close()
    }

    /// One look at every group.
    func round() throws(EFDError) {
        let names = try wantedGroups()
        let busy = Set(try target.consumerGroups().filter { !$0.isIdle }.map(\.name))
        var positions: [String: [PartitionOffset]] = [:]
        for name in names where !busy.contains(name) {
            let known = carried[name] ?? [:]
            let offsets = try source.committedOffsets(ofGroup: name).filter {
                wants($0.partition.topic) && known[$0.partition] != $0.offset
            }
            if !offsets.isEmpty { positions[name] = offsets }
        }
        let answers = try translation.translate(Set(positions.values.joined()))
        metrics.waiting.set(positions.values.reduce(0) { $0 + $1.count { answers[$0] == nil } })
        for (name, offsets) in positions {
            if context.stop.isStopped { return }
            try carry(name, offsets, answers)
        }
    }

    private func wantedGroups() throws(EFDError) -> [String] {
        let settings = context.settings
        let (wanted, excluded) = (settings[GroupSettings.regex], settings[GroupSettings.excludeRegex])
        let own = settings[ReplicatorSettings.groupID]
        return try source.consumerGroups().map(\.name).filter { name in
            name != own && wanted.matches(name) && !(excluded?.matches(name) ?? false)
        }
    }

    private func carry(_ name: String, _ offsets: [PartitionOffset], _ answers: [PartitionOffset: PartitionOffset])
        throws(EFDError)
    {
        let there = Dictionary(try target.committedOffsets(ofGroup: name).map { ($0.partition, $0.offset) }) { one, _ in
            one
        }
        // Back never, whoever moved it.
        let ahead = offsets.compactMap { answers[$0] }.filter { $0.offset > there[$0.partition] ?? -1 }
        do throws(EFDError) {
            try target.setOffsets(ofGroup: name, ahead)
        } catch  where error.code == .kafkaGroupBusy {
            return
        }
        for offset in offsets where answers[offset] != nil {
            carried[name, default: [:]][offset.partition] = offset.offset
        }
        metrics.moved.add(ahead.count)
        if !ahead.isEmpty {
            context.log.info(
                "a consumer group was carried over", ["group": .text(name), "partitions": .integer(ahead.count)])
        }
    }
}

/// What is counted of consumer groups.
struct GroupMetrics: Sendable {
    let moved: Counter
    let waiting: Gauge

    init(_ metrics: Metrics) {
        moved = metrics.counter(
            "efd_group_offsets_synced_total", "Positions of consumer groups that were set at the target.")
        waiting = metrics.gauge(
            "efd_group_offsets_waiting",
            "Positions that cannot be carried over now: not copied yet, or older than the map.")
    }
}
