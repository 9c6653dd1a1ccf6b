import EFDCore
import EFDKafka

// Forwards records from the consumer to the producers of the lanes.

extension CopyLoop {
    /// Returns the bytes forwarded.
    func forward(_ batch: borrowing MessageBatch) throws(EFDError) -> Int {
        var bytes = 0
        for run in batch.runs {
            guard let source = source(of: run) else { continue }
            let first = batch[run.messages.lowerBound]
            let start = state.read(source.id, from: run.firstOffset) { $0.matches(first) }
            try perform()
            // The lane may have failed to begin a transaction.
            guard let start, sources[source.id] === source else { continue }
            var index = run.messages.lowerBound
            while index < run.messages.upperBound, batch[index].offset < start { index += 1 }
            if index > run.messages.lowerBound { context.metrics.repeated.add(index - run.messages.lowerBound) }
            guard index < run.messages.upperBound else { continue }
            bytes += try forward(source, batch, index..<run.messages.upperBound)
        }
        return bytes
    }

    private func source(of run: MessageRun) -> SourcePartition? {
        if run.source >= sourcesByRun.count {
            sourcesByRun += Array(repeating: nil, count: run.source + 1 - sourcesByRun.count)
        }
        if let source = sourcesByRun[run.source] { return source }
        guard let id = state.id(of: consumer.partition(of: run.source)) else { return nil }
        sourcesByRun[run.source] = sources[id]
        return sources[id]
    }

    private func forward(_ source: SourcePartition, _ batch: borrowing MessageBatch, _ messages: Range<Int>)
        throws(EFDError) -> Int
    {
        var forwarding = Forwarding(rest: messages)
        let end = forward(source, batch, &forwarding)
        let taken = forwarding.rest.lowerBound - messages.lowerBound
        if taken > 0 {
            state.forwarded(
                source.id, through: ProgressRecord.Anchor(batch[forwarding.rest.lowerBound - 1]), taken: taken,
                copies: taken - forwarding.skipped, bytes: forwarding.bytes)
        }
        if forwarding.skipped > 0 { context.metrics.looped.add(forwarding.skipped) }
        switch end {
        case .all: break
        case .stalled(let error): state.stall(source.id, error)
        case .failed(let error): state.failed(source.lane.number, error, faulty: fault(in: source.lane))
        }
        try perform()
        return forwarding.bytes
    }

    private struct Forwarding {
        var rest: Range<Int>
        var skipped = 0
        var bytes = 0
    }

    private enum Outcome {
        case all
        /// The partition's next record cannot be copied now.
        case stalled(EFDError)
        /// The lane's transaction has failed.
        case failed(EFDError)
    }

    private func forward(
        _ source: SourcePartition, _ batch: borrowing MessageBatch, _ forwarding: inout Forwarding
    ) -> Outcome {
        let producer = source.lane.producer
        var isQueueEmpty = false
        while true {
            let (taken, skipped, bytes, end) = producer.forward(batch, forwarding.rest, source.route)
            forwarding.rest = forwarding.rest.lowerBound + taken..<forwarding.rest.upperBound
            forwarding.skipped += skipped
            forwarding.bytes += bytes
            do throws(EFDError) {
                switch end {
                case .all: return .all
                case .full where isQueueEmpty && taken == 0:
                    throw Self.queueTooSmall(source.partition, batch[forwarding.rest.lowerBound])
                case .full:
                    producer.poll(milliseconds: CopyLimits.fullWait)
                    beat()
                    if isStuck(source.lane) {
                        return .failed(
                            EFDError(.replicationTargetSlow, "the target accepts no further copies", recovery: .retry))
                    }
                    isQueueEmpty = producer.flush(seconds: 0)
                case .newKeyID(let id): try source.pass(id, .key, context.schemas)
                case .newValueID(let id): try source.pass(id, .value, context.schemas)
                case .refused(let error) where Self.isAboutRecord(error): throw error.during("\(source.partition)")
                case .refused(let error): return .failed(error)
                }
            } catch {
                return .stalled(error)
            }
        }
    }

    /// The producer rejects the record or its topic, and accepts others.
    private static func isAboutRecord(_ error: EFDError) -> Bool {
        error.recovery == .reject || error.code == .kafkaTopicMissing
    }

    private static func queueTooSmall(_ partition: TopicPartition, _ record: KafkaMessage) -> EFDError {
        let size = (record.key?.count ?? 0) + (record.value?.count ?? 0)
        return EFDError(
            .replicationQueueTooSmall,
            "\(partition): the record at offset \(record.offset) has \(size) bytes, more than a lane's queue",
            remedy: "Raise --queue-bytes, which all lanes share, or use fewer --lanes.")
    }

    /// A queue that stays full for so long belongs to a transaction that has failed by now. If the process stops, the
    /// next one reads the uncommitted records again.
    private func isStuck(_ lane: Lane) -> Bool {
        let begun = state.lanes[lane.number]?.begun
        return context.stop.isStopped
            || begun.map { MonotonicClock.seconds() - $0 > CopyLimits.commitPatience } ?? false
    }

    /// The partition whose copies made a transaction fail, as far as the target has reported.
    private func fault(in lane: Lane) -> (id: Int, error: EFDError)? {
        let touched = state.lanes[lane.number]?.touched.compactMap { sources[$0] } ?? []
        for _ in 0..<CopyLimits.faultPolls {
            if let fault = LaneCommit.fault(among: touched) { return fault.isPartition ? (fault.id, fault.error) : nil }
            lane.producer.poll(milliseconds: CopyLimits.faultWait)
        }
        return nil
    }
}
