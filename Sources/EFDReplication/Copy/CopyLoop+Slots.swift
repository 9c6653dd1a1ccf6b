import EFDCore
import EFDKafka

// Which partitions are read, and from where.

extension CopyLoop {
    /// Takes up what is new in the catalogue or on new lanes, and lets go of what is gone.
    func refreshSlots() throws(EFDError) {
        let version = parts.catalogue.version
        guard version != catalogueVersion else { return }
        catalogueVersion = version
        let topics = parts.catalogue.topics
        var starts: [PartitionOffset] = []
        var gone = Set(slots.keys)
        guard let committed = try committedStarts(topics) else { return }
        for topic in topics {
            for partition in 0..<Int32(topic.partitions) {
                guard let lane = lanes[LanePartitioner.lane(of: topic.name, partition, among: parts.laneCount)] else {
                    continue
                }
                let place = TopicPartition(topic.name, partition)
                if let slot = slots[place], slot.lane === lane, slot.target == topic.target {
                    gone.remove(place)
                } else if slots[place] == nil {
                    if let start = try add(place, topic, lane, committed[place]) { starts.append(start) }
                }
            }
        }
        if !topics.isEmpty { for lane in lanes.values { settle(lane) } }
        let leaving = gone.compactMap { slots[$0] }
        if !leaving.isEmpty {
            commit(Array(Set(leaving.map(\.lane.number))).compactMap { lanes[$0] })
            try remove(leaving.filter { slots[$0.place] === $0 })
        }
        try consumer.incrementalAssign(starts)
    }

    /// What the source's group has committed of partitions that are new here, where they are to begin there; nil: the
    /// source does not tell now.
    private func committedStarts(_ topics: [CatalogueTopic]) throws(EFDError) -> [TopicPartition: Int64]? {
        guard parts.start == .committed else { return [:] }
        let places = topics.flatMap { topic in (0..<Int32(topic.partitions)).map { TopicPartition(topic.name, $0) } }
            .filter { place in
                guard slots[place] == nil, let lane = lanes[LanePartitioner.lane(of: place, among: parts.laneCount)]
                else {
                    return false
                }
                return lane.progress[place] == nil
            }
        guard !places.isEmpty else { return [:] }
        guard let offsets = try? consumer.committed(places) else {
            catalogueVersion = -1
            return nil
        }
        let known = Dictionary(offsets.filter { $0.offset >= 0 }.map { ($0.partition, $0.offset) }) { one, _ in one }
        parts.log.info(
            "partitions begin where the source's group is",
            ["group": .text(parts.group), "partitions": .integer(known.count)])
        if known.count < places.count {
            parts.log.warning(
                "the source's group has committed nothing of some partitions, which begin at their oldest records",
                ["group": .text(parts.group), "partitions": .integer(places.count - known.count)])
        }
        return known
    }

    /// Where the partition begins to be read; nil: not now.
    ///
    /// - Parameter committed: where it is to begin if nothing was copied of it; nil: as for all.
    private func add(_ place: TopicPartition, _ topic: CatalogueTopic, _ lane: Lane, _ committed: Int64?)
        throws(EFDError) -> PartitionOffset?
    {
        let route = try lane.producer.route(
            to: topic.target, place.partition, compression: topic.compression, provenance: parts.provenance)
        route.looksAtKeys = parts.schemas.carries(.key, of: place.topic)
        route.looksAtValues = parts.schemas.carries(.value, of: place.topic)
        let slot = SourcePartition(
            place, target: topic.target, lane: lane, route: route, metrics: parts.metrics.topic(place.topic),
            stored: lane.progress[place] ?? ProgressRecord(place, next: 0))
        if slot.isNew, let committed {
            begin(slot, at: committed)
        } else if slot.isNew, lane.isFresh, parts.start == .latest {
            guard let end = try? consumer.watermarks(place).upperBound else {
                catalogueVersion = -1
                return nil
            }
            begin(slot, at: end)
        }
        slots[place] = slot
        bySource.removeAll(keepingCapacity: true)
        if let hold = parts.holds.take(place) {
            slot.reading = .parked(until: MonotonicClock.seconds() + CopyLimits.parkedWait)
            parked.append(slot)
            parts.troubles.tell(place.description, hold)
            return nil
        }
        return start(slot)
    }

    /// The place is written down at once: whatever comes from now on is to be copied.
    private func begin(_ slot: SourcePartition, at offset: Int64) {
        slot.next = offset
        slot.isNew = false
        slot.lane.notes.append(ProgressRecord(slot.place, next: offset))
    }

    /// Where reading begins, for a partition that is about to be taken: of what was copied before at the record copied
    /// last, to see that it is still the same topic.
    private func start(_ slot: SourcePartition) -> PartitionOffset {
        listen(for: slot)
        if slot.isNew {
            slot.reading = .searching
            return PartitionOffset(slot.place, PartitionOffset.beginning)
        }
        guard let anchor = slot.anchor else {
            slot.reading = .proceeding
            return PartitionOffset(slot.place, slot.next)
        }
        slot.reading = .checking(anchor)
        return PartitionOffset(slot.place, anchor.offset)
    }

    /// Deals with partitions that the source refused, and wakes those whose wait is over.
    func mendSlots() throws(EFDError) {
        for (place, offset) in refusedOffsets {
            guard let slot = slots[place] else { continue }
            parts.log.warning(
                "the source has not what is due, looking for its oldest record",
                ["partition": .text(place.description), "offset": .integer(Int(offset))])
            slot.reading = .searching
            try take(slot, PartitionOffset.beginning)
        }
        refusedOffsets.removeAll(keepingCapacity: true)
        // A topic that was away may have been made anew: it shows its last record again.
        for place in unknownTopics {
            guard let slot = slots[place] else { continue }
            try take(slot, start(slot).offset)
        }
        unknownTopics.removeAll(keepingCapacity: true)
        guard !parked.isEmpty else { return }
        let now = MonotonicClock.seconds()
        for slot in parked {
            guard case .parked(let until) = slot.reading, until <= now else { continue }
            try consumer.incrementalAssign([start(slot)])
        }
        parked.removeAll { slot in if case .parked = slot.reading { false } else { true } }
    }

    /// librdkafka 2.0.2 may forget a partition that is taken while answers to earlier requests are under way: one that
    /// brings nothing, not even its end, is taken once more.
    func wakeSleepers(_ behind: [SourcePartition], now: Double) throws(EFDError) {
        let waiting = unheard.filter { slot in
            if case .parked = slot.reading { return false }
            return !slot.isHeard && slots[slot.place] === slot
        }
        unheard = waiting.filter { now - $0.watch.since <= $0.patience(CopyLimits.firstPatience) }
        for slot in waiting where now - slot.watch.since > slot.patience(CopyLimits.firstPatience) {
            parts.log.debug("a partition shows nothing, asking anew", ["partition": .text(slot.place.description)])
            slot.vainAttempts += 1
            if case .searching = slot.reading {
                try take(slot, PartitionOffset.beginning)
            } else {
                try take(slot, start(slot).offset)
            }
        }
        for slot in behind {
            guard case .proceeding = slot.reading else { continue }
            if slot.watch.next != slot.next { slot.watch = (slot.next, now) }
            guard now - slot.watch.since > slot.patience(CopyLimits.sleepPatience) else { continue }
            slot.watch.since = now
            slot.vainAttempts += 1
            parts.log.debug("a partition brings nothing, asking anew", ["partition": .text(slot.place.description)])
            try take(slot, start(slot).offset)
        }
    }

    private func listen(for slot: SourcePartition) {
        slot.isHeard = false
        slot.watch = (slot.next, MonotonicClock.seconds())
        if unheard.last !== slot { unheard.append(slot) }
    }

    private func take(_ slot: SourcePartition, _ offset: Int64) throws(EFDError) {
        listen(for: slot)
        try consumer.incrementalUnassign([slot.place])
        try consumer.incrementalAssign([PartitionOffset(slot.place, offset)])
    }

    /// Goes on at `offset`, or at the oldest record, whatever was read before.
    func move(_ slot: SourcePartition, to offset: Int64) throws(EFDError) {
        slot.anchor = nil
        slot.isNew = offset < 0
        slot.next = max(0, offset)
        try take(slot, start(slot).offset)
    }

    /// What comes later on the lane is no longer there from the beginning.
    private func settle(_ lane: Lane) {
        guard lane.isFresh else { return }
        lane.isFresh = false
        if parts.start == .latest { lane.notes.append(ProgressRecord(TopicPartition("", Int32(lane.number)), next: 0)) }
    }

    /// Leaves the partition alone for a while; it goes on at `next`. The error is told until then.
    func park(_ slot: SourcePartition, _ error: EFDError) throws(EFDError) {
        if case .parked = slot.reading { return }
        let wait = error.isRetriable ? slot.backoff.next() : CopyLimits.parkedWait
        slot.reading = .parked(until: MonotonicClock.seconds() + wait)
        parked.append(slot)
        parts.log.warning("a partition waits", error)
        parts.troubles.tell(slot.place.description, error)
        try consumer.incrementalUnassign([slot.place])
    }

    /// The lane leaves this thread with all its partitions.
    func drop(_ lane: Lane) throws(EFDError) {
        lanes[lane.number] = nil
        try remove(slots.values.filter { $0.lane === lane })
    }

    /// Gives the lane up as it is: only the target knows how far it came.
    func fail(_ lane: Lane, _ error: EFDError) throws(EFDError) {
        try drop(lane)
        parts.board.failed(lane, error)
    }

    private func remove(_ leaving: [SourcePartition]) throws(EFDError) {
        var reading: [TopicPartition] = []
        for slot in leaving {
            slots[slot.place] = nil
            parts.troubles.clear(slot.place.description)
            if case .parked = slot.reading { continue }
            reading.append(slot.place)
        }
        parked.removeAll { slot in leaving.contains { $0 === slot } }
        bySource.removeAll(keepingCapacity: true)
        try consumer.incrementalUnassign(reading)
    }
}
