import EFDCore
import EFDKafka

/// Syncs the offsets of consumer groups from the source to the target, on an interval.
///
/// A group with members at the target is left alone, and no offset ever decreases. Several replicators may sync
/// concurrently: they write the same.
final class GroupSync {
    private let source: KafkaAdmin
    private let target: KafkaAdmin
    private let translation: GroupTranslation
    private let wants: @Sendable (_ topic: String) -> Bool
    private let context: ProgramContext
    /// The synced offsets of each group, left alone until they change.
    private var synced: [String: [TopicPartition: Int64]] = [:]
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
                context.log.warning("consumer groups cannot be synced now", error)
                isStopped = context.stop.wait(seconds: backoff.next())
            }
        }
        translation.map.close()
    }

    /// One sync of every group.
    func round() throws(EFDError) {
        let names = try wantedGroups()
        let busy = Set(try target.consumerGroups().filter { !$0.isIdle }.map(\.name))
        var positions: [String: [PartitionOffset]] = [:]
        for name in names where !busy.contains(name) {
            let known = synced[name] ?? [:]
            let offsets = try source.committedOffsets(ofGroup: name).filter {
                wants($0.partition.topic) && known[$0.partition] != $0.offset
            }
            if !offsets.isEmpty { positions[name] = offsets }
        }
        let answers = try translation.translate(Set(positions.values.joined()))
        metrics.waiting.set(positions.values.reduce(0) { $0 + $1.count { answers[$0] == nil } })
        for (name, offsets) in positions {
            if context.stop.isStopped { return }
            try sync(name, offsets, answers)
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

    private func sync(_ name: String, _ offsets: [PartitionOffset], _ answers: [PartitionOffset: PartitionOffset])
        throws(EFDError)
    {
        let there = Dictionary(try target.committedOffsets(ofGroup: name).map { ($0.partition, $0.offset) }) { one, _ in
            one
        }
        // Never decrease an offset, whoever committed it.
        let ahead = offsets.compactMap { answers[$0] }.filter { $0.offset > there[$0.partition] ?? -1 }
        do throws(EFDError) {
            try target.setOffsets(ofGroup: name, ahead)
        } catch  where error.code == .kafkaGroupBusy {
            return
        }
        for offset in offsets where answers[offset] != nil {
            synced[name, default: [:]][offset.partition] = offset.offset
        }
        metrics.moved.add(ahead.count)
        if !ahead.isEmpty {
            context.log.info(
                "consumer group synced", ["group": .text(name), "partitions": .integer(ahead.count)])
        }
    }
}

/// The metrics of consumer groups.
struct GroupMetrics: Sendable {
    let moved: Counter
    let waiting: Gauge

    init(_ metrics: Metrics) {
        moved = metrics.counter(
            "efd_group_offsets_synced_total", "Offsets of consumer groups committed at the target.")
        waiting = metrics.gauge(
            "efd_group_offsets_waiting",
            "Offsets that cannot be translated now: not copied yet, or older than the map.")
    }
}
