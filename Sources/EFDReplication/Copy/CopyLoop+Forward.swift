import EFDCore
import EFDKafka

// From the source's client into the producers of the lanes.

extension CopyLoop {
    /// Returns the bytes taken.
    func forward(_ batch: borrowing MessageBatch) throws(EFDError) -> Int {
        var bytes = 0
        for run in batch.runs {
            guard let slot = slot(of: run) else { continue }
            guard let messages = try due(slot, batch, run.messages), !messages.isEmpty else { continue }
            bytes += try forward(slot, batch, messages)
        }
        return bytes
    }

    private func slot(of run: MessageRun) -> SourcePartition? {
        if run.source >= bySource.count { bySource += Array(repeating: nil, count: run.source + 1 - bySource.count) }
        if let slot = bySource[run.source] { return slot }
        let slot = slots[consumer.partition(of: run.source)]
        bySource[run.source] = slot
        return slot
    }

    /// The messages of a run that are to be copied, once the partition has shown that it is what it was; nil: none.
    private func due(_ slot: SourcePartition, _ batch: borrowing MessageBatch, _ messages: Range<Int>) throws(EFDError)
        -> Range<Int>?
    {
        slot.heard()
        switch slot.reading {
        case .parked: return nil
        case .proceeding: break
        case .checking(let anchor):
            let first = batch[messages.lowerBound]
            if first.offset == anchor.offset, !anchor.matches(first) {
                return try lost(
                    slot, "another record stands at offset \(anchor.offset) than was copied: the topic was made anew",
                    from: PartitionOffset.beginning)
            }
            slot.reading = .proceeding
        case .searching:
            let first = batch[messages.lowerBound].offset
            if slot.isNew { slot.next = first }
            // Retention took what was copied already, and nothing else: then reading just goes on.
            let isSame = slot.anchor.map { first > $0.offset } ?? false
            if first > slot.next {
                if !slot.isLossTold { parts.metrics.lost.add(Int(first - slot.next)) }
                return try lost(
                    slot, "offsets \(slot.next) to \(first - 1) were deleted before they were copied", from: first)
            }
            if !isSame, first < slot.next {
                return try lost(
                    slot, "offset \(slot.next) was due and is not there: the topic was truncated or made anew",
                    from: first)
            }
            slot.reading = .proceeding
        }
        var start = messages.lowerBound
        while start < messages.upperBound, batch[start].offset < slot.next { start += 1 }
        if start > messages.lowerBound { parts.metrics.repeated.add(start - messages.lowerBound) }
        return start..<messages.upperBound
    }

    /// Returns the bytes taken.
    private func forward(_ slot: SourcePartition, _ batch: borrowing MessageBatch, _ messages: Range<Int>)
        throws(EFDError)
        -> Int
    {
        let lane = slot.lane
        if !lane.isOpen {
            do throws(EFDError) { try lane.begin(now: MonotonicClock.seconds()) } catch {
                try fail(lane, error)
                return 0
            }
        }
        lane.touch(slot)
        var rest = messages
        var bytes = 0
        var failure: EFDError?
        loop: while true {
            let (taken, skipped, size, end) = lane.producer.forward(batch, rest, slot.route)
            rest = rest.lowerBound + taken..<rest.upperBound
            bytes += size
            if skipped > 0 { parts.metrics.looped.add(skipped) }
            switch end {
            case .all: break loop
            case .full:
                lane.producer.poll(milliseconds: CopyLimits.fullWait)
                beat()
                guard isStuck(lane) else { continue }
                try fail(lane, EFDError("replication.targetSlow", "the target takes no more copies", recovery: .retry))
                return 0
            case .newKeyID(let id):
                failure = pass(id, .key, slot)
                if failure != nil { break loop }
            case .newValueID(let id):
                failure = pass(id, .value, slot)
                if failure != nil { break loop }
            case .refused(let error):
                try fail(lane, error)
                return 0
            }
        }
        if rest.lowerBound > messages.lowerBound {
            let last = batch[rest.lowerBound - 1]
            slot.next = last.offset + 1
            slot.anchor = ProgressRecord.Anchor(last)
            slot.isNew = false
        }
        slot.bytes += bytes
        lane.bytes += bytes
        if let failure { try park(slot, failure) }
        return bytes
    }

    /// A queue that does not empty for so long belongs to a transaction that has failed by now. When the process stops,
    /// what is not committed is read again by the next.
    private func isStuck(_ lane: Lane) -> Bool {
        parts.stop.isStopped || (lane.begun.map { MonotonicClock.seconds() - $0 > CopyLimits.commitPatience } ?? false)
    }

    /// Has the schema carried over; the error says why the record must wait.
    private func pass(_ id: Int32, _ part: RecordPart, _ slot: SourcePartition) -> EFDError? {
        let known = part == .key ? slot.keyIDs[id] : slot.valueIDs[id]
        do throws(EFDError) {
            let written: Int32
            if let known {
                written = known
            } else {
                written = try parts.schemas.carry(id, topic: slot.place.topic, part: part)
            }
            switch part {
            case .key:
                slot.keyIDs[id] = written
                slot.route.passKeys(id, as: written)
            case .value:
                slot.valueIDs[id] = written
                slot.route.passValues(id, as: written)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Tells that the source lost records or its identity, and has the partition go on or stop as the user wants.
    private func lost(_ slot: SourcePartition, _ what: String, from offset: Int64) throws(EFDError) -> Range<Int>? {
        if !slot.isLossTold { parts.metrics.losses.add() }
        slot.isLossTold = parts.sourceLoss == .stop
        let error = EFDError(
            "replication.sourceLost", "source partition \(slot.place): \(what)",
            remedy: parts.sourceLoss == .proceed
                ? "Copying goes on at the oldest record there is"
                : "Copying stands still there: restart with --on-source-loss continue to go on at the oldest record")
        parts.log.error("the source lost what was to be copied", error)
        guard parts.sourceLoss == .proceed else {
            try park(slot, error)
            return nil
        }
        // What is under way ends first, so that progress never points into two topics at a time.
        commit([slot.lane])
        guard slots[slot.place] === slot else { return nil }
        try move(slot, to: offset)
        return nil
    }
}
