import EFDCore
import EFDKafka

/// Rebalances: served on the reading thread from within `poll`.
extension RecordReader {
    /// Joins the consumer group and subscribes to the topics that match.
    func join(_ group: String, _ filter: TopicFilter) throws(EFDError) {
        consumer.onAssigned = { [unowned self] in assigned($0) }
        consumer.onRevoked = { [unowned self] in revoked($0, lost: $1) }
        consumer.onGap = { [unowned self] in skipped($0) }
        scope.health.set("group", isMet: false, "joining the consumer group \(group)")
        try consumer.subscribe([filter.subscription])
    }

    private func assigned(_ partitions: [TopicPartition]) -> [PartitionOffset] {
        metrics.rebalances.add()
        var starts: [PartitionOffset] = []
        for partition in partitions {
            let state = state(consumer.number(of: partition))
            let position = position(of: partition)
            if let start = ledger.assign(state.number, at: position) {
                starts.append(PartitionOffset(partition, start))
            }
            publish(state)
            verify(partition, position)
        }
        reportQuarantine()
        scope.health.set("group", isMet: true, "\(partitions.count) more partitions assigned")
        scope.log.info("partitions assigned", ["count": .integer(partitions.count)])
        return starts
    }

    /// The resume position of a partition in the destination. Without it nothing may be read: rows could be stored
    /// twice.
    private func position(of partition: TopicPartition) -> SinkPosition? {
        guard capabilities.offsets == .destination else { return nil }
        let deadline = MonotonicClock.seconds() + SinkLimits.positionPatience
        var backoff = Backoff(base: 0.1, cap: 5)
        while failure == nil {
            do throws(EFDError) { return try sink.position(of: partition.topic, partition.partition) } catch {
                scope.log.warning("the destination does not return a partition's resume position", error)
                if !error.isRetriable || MonotonicClock.seconds() > deadline || scope.stop.wait(seconds: backoff.next())
                {
                    failure = error
                }
            }
        }
        return nil
    }

    /// The record before the position is read only for verification: if Kafka no longer has it, nothing is lost.
    func verify(_ partition: TopicPartition, _ position: SinkPosition?) {
        let isCompared = position?.timestampBefore != nil && position?.offset ?? 0 > 0
        consumer.verificationOffsets[partition] = isCompared ? position.map { $0.offset - 1 } : nil
    }

    /// The destination may be ahead of the group, after a crash between storing and committing: the group follows, also
    /// where no record comes, so that tools show no lag.
    func follow(_ position: SinkPosition?, _ partition: TopicPartition) {
        if let position { consumer.store([PartitionOffset(partition, position.offset)]) }
    }

    /// Runs before the partitions are revoked: their records are stored and committed first, so that the next owner
    /// resumes after them.
    private func revoked(_ partitions: [TopicPartition], lost: Bool) {
        metrics.rebalances.add()
        if !lost {
            if !flush(within: SinkLimits.revokePatience) {
                scope.log.warning(
                    "partitions were revoked before all their records were stored; their next owner stores them",
                    ["count": .integer(partitions.count)])
            }
            do throws(EFDError) { try consumer.commitStoredAndWait() } catch {
                scope.log.warning("stored offsets could not be committed before partitions were revoked", error)
            }
        }
        for partition in partitions {
            let state = state(consumer.number(of: partition))
            ledger.revoke(state.number)
            rewound.remove(state.number)
            publish(state)
            verify(partition, nil)
        }
        reportQuarantine()
        scope.log.info(
            "partitions revoked", ["count": .integer(partitions.count), "lost": lost ? "yes" : "no"])
    }

    /// Commits the offsets of partitions that are read again from a lower one, until the broker accepts them: with the
    /// higher offset, the next start would skip records once the log is that long.
    func commitRewound() {
        let offsets = rewound.compactMap { number -> PartitionOffset? in
            guard let offset = ledger[number].durable ?? ledger[number].start else { return nil }
            return PartitionOffset(state(number).partition, offset)
        }
        guard !offsets.isEmpty else { return }
        do throws(EFDError) {
            try consumer.rewind(offsets, seconds: SinkLimits.rewindPatience)
            for offset in offsets { rewound.remove(consumer.number(of: offset.partition)) }
        } catch {
            scope.log.warning("the lower offsets of partitions could not be committed yet", error)
        }
    }

    /// Kafka no longer had the next record.
    private func skipped(_ gap: OffsetGap) {
        let state = state(consumer.number(of: gap.partition))
        let fields: Log.Fields = [
            "topic": .text(gap.partition.topic), "partition": .integer(Int(gap.partition.partition)),
            "offset": .integer(Int(gap.expected)), "records": .integer(Int(gap.skipped)),
        ]
        if gap.skipped > 0 {
            metrics.gaps.add(Int(gap.skipped))
            scope.log.error("Kafka deleted records before they were read: they are lost to this sink", fields)
        } else if capabilities.offsets == .consumerGroup {
            ledger.rewind(state.number, to: gap.got)
            rewound.insert(state.number)
            publish(state)
            commitRewound()
            scope.log.error("the partition's log restarted: reading resumes at its first record", fields)
        } else {
            let reason = EFDError(
                .sinkTopicRecreated,
                "\(gap.partition): offset \(gap.expected) is past the end of the partition: its topic was deleted and "
                    + "created again, or a leader without the latest records was elected",
                remedy: "Move the topic's stored data to another output; the sink then stores what Kafka has.")
            quarantine(state, at: gap.got, reason)
        }
    }
}
