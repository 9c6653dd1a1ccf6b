import EFDCore
import EFDKafka

/// Rebalances: served on the reading thread from within `poll`.
extension RecordReader {
    /// Joins the consumer group and subscribes to the topics of `filter`.
    func join(_ group: String, _ filter: TopicFilter) throws(EFDError) {
        consumer.onAssigned = { [unowned self] places in assigned(places) }
        consumer.onRevoked = { [unowned self] places, lost in revoked(places, lost: lost) }
        consumer.onGap = { [unowned self] gap in
            guard gap.skipped > 0 else { return }
            metrics.gaps.add(Int(gap.skipped))
            log.error(
                "Kafka no longer has records that were not read yet: they are lost to this sink",
                [
                    "topic": .text(gap.partition.topic), "partition": .integer(Int(gap.partition.partition)),
                    "offset": .integer(Int(gap.expected)),
                    "records": .integer(Int(gap.skipped)),
                ])
        }
        health.set("group", isMet: false, "joining the consumer group \(group)")
        try consumer.subscribe([filter.subscription])
    }

    private func assigned(_ places: [TopicPartition]) -> [PartitionOffset] {
        metrics.rebalances.add()
        for place in places { slotOf[place]?.setAssigned(true) }
        tellParked()
        health.set("group", isMet: true, "\(places.count) more partitions assigned")
        log.info("partitions assigned", ["count": .integer(places.count)])
        return positions(of: places)
    }

    /// Where the destination says that partitions go on. Without its word nothing may be read: what is stored could be
    /// stored again.
    private func positions(of places: [TopicPartition]) -> [PartitionOffset] {
        guard sink.buffersRows else { return [] }
        let deadline = MonotonicClock.seconds() + SinkLimits.positionPatience
        var backoff = Backoff(base: 0.1, cap: 5)
        var found: [PartitionOffset] = []
        for place in places {
            while failure == nil {
                do throws(EFDError) {
                    if let position = try sink.position(of: place.topic, place.partition) {
                        found.append(begin(place, at: position))
                    }
                    break
                } catch {
                    log.warning("the destination does not say where a partition goes on", error)
                    if !error.isRetriable || MonotonicClock.seconds() > deadline || stop.wait(seconds: backoff.next()) {
                        failure = error
                    }
                }
            }
        }
        return found
    }

    /// Where to read from: the record before the first is looked at as well.
    func begin(_ place: TopicPartition, at position: SinkPosition) -> PartitionOffset {
        if let slot = slotOf[place] { slot.begin(at: position) } else { beginnings[place] = position }
        guard position.timestampBefore != nil, position.offset > 0 else {
            return PartitionOffset(place, position.offset)
        }
        consumer.verificationOffsets[place] = position.offset - 1
        return PartitionOffset(place, position.offset - 1)
    }

    /// Runs before the partitions go: what was read from them is stored and committed first, so that their next owner
    /// starts behind it.
    private func revoked(_ places: [TopicPartition], lost: Bool) {
        metrics.rebalances.add()
        if !lost {
            if !flush(within: SinkLimits.revokePatience) {
                log.warning(
                    "partitions were given away before all that was read from them is stored; their next owner stores "
                        + "it again",
                    ["count": .integer(places.count)])
            }
            do throws(EFDError) { try consumer.commitStoredAndWait() } catch {
                log.warning("what was stored could not be committed before partitions went", error)
            }
        }
        for place in places {
            beginnings[place] = nil
            consumer.verificationOffsets[place] = nil
            guard let slot = slotOf[place] else { continue }
            slot.setAssigned(false)
            held?.dropped.insert(slot.source)
        }
        tellParked()
        log.info("partitions revoked", ["count": .integer(places.count), "lost": lost ? "yes" : "no"])
    }
}
