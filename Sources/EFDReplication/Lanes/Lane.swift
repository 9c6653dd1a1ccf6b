import EFDCore
import EFDKafka

/// A share of the source's partitions, with the only producer that may write their copies and their progress.
///
/// It has one owner at a time: a thread of the pool opens it, a copy thread copies on it and takes its state, a thread
/// of the pool or the copy thread commits it.
final class Lane: @unchecked Sendable {
    let number: Int
    let producer: RelayProducer
    fileprivate let progressRoute: RelayRoute
    fileprivate let offsetsRoute: RelayRoute?
    /// nil while a copy thread has it.
    private var state: LaneState?

    /// - Parameters:
    ///   - progress: the target's progress of each source partition of this lane.
    ///   - offsetsTopic: the topic for the spans; nil: none.
    init(
        _ number: Int, producer: RelayProducer, progress: [TopicPartition: ProgressRecord], progressTopic: String,
        offsetsTopic: String?
    ) throws(EFDError) {
        (self.number, self.producer) = (number, producer)
        progressRoute = producer.route(to: progressTopic, Int32(number))
        offsetsRoute = offsetsTopic.map { producer.route(to: $0, Int32(number)) }
        state = LaneState(number, progress: progress)
    }

    func takeState() -> LaneState {
        guard let state else { preconditionFailure("lane \(number) has two owners") }
        self.state = nil
        return state
    }

    func put(_ state: LaneState) {
        precondition(self.state == nil && state.number == number, "lane \(number) has two owners")
        self.state = state
    }
}

/// A transaction that is being committed, by the copy thread or by a thread of the pool.
final class LaneCommit: @unchecked Sendable {
    struct Failure: Error {
        let error: EFDError
        /// The id of the partition whose copies the target rejects permanently; nil: none is at fault.
        let id: Int?
    }

    let lane: Lane
    /// The partitions with copies in it.
    let sources: [SourcePartition]
    /// Complete once it is committed.
    private(set) var transaction: LaneTransaction
    /// nil: it is committed.
    private(set) var failure: Failure?

    /// Seconds between checks whether a copy was rejected.
    private static let look = 0.5

    /// - Parameter sources: those of the transaction's copies, in the same order.
    init(_ lane: Lane, _ transaction: LaneTransaction, _ sources: [SourcePartition]) {
        precondition(sources.count == transaction.copies.count, "a partition of lane \(lane.number) has no route")
        (self.lane, self.transaction, self.sources) = (lane, transaction, sources)
    }

    /// Writes progress and spans after the copies, and commits. Blocks for a few round trips, each for at most
    /// `seconds`. A lane whose commit fails must be opened again.
    func run(seconds: Double) {
        do throws(Failure) {
            try acknowledged("copies", seconds)
            do throws(EFDError) { try writeProgress() } catch { throw Failure(error: error, id: nil) }
            // Before the commit: a transaction must not become visible without its failed records.
            try acknowledged("progress", seconds)
            do throws(EFDError) { try lane.producer.commit(seconds: seconds) } catch {
                throw Failure(error: error, id: nil)
            }
            for source in sources { source.route.reset() }
            lane.progressRoute.reset()
            lane.offsetsRoute?.reset()
        } catch {
            failure = error
        }
    }

    private func writeProgress() throws(EFDError) {
        let now = WallClock.nanoseconds() / 1_000_000
        for index in transaction.notes.indices {
            transaction.notes[index].written = now
            try write(transaction.notes[index])
        }
        for (index, source) in sources.enumerated() {
            precondition(
                source.route.queued == transaction.copies[index].count,
                "progress of \(source.partition) differs from the delivered records")
            transaction.copies[index].progress.written = now
            if let last = source.route.targetOffsets.last {
                transaction.copies[index].progress.target = last.upperBound
            }
            try write(transaction.copies[index].progress)
            if let route = lane.offsetsRoute, let spans = source.spans {
                try lane.producer.produce(route, key: spans.key, value: spans.value)
            }
        }
    }

    private func write(_ record: ProgressRecord) throws(EFDError) {
        try lane.producer.produce(lane.progressRoute, key: record.key, value: record.value)
    }

    /// Waits until the target has acknowledged everything; a rejection ends the wait, as the rest may never be sent
    /// then.
    private func acknowledged(_ what: String, _ seconds: Double) throws(Failure) {
        let deadline = MonotonicClock.seconds() + seconds
        while true {
            let left = deadline - MonotonicClock.seconds()
            let isDone = lane.producer.flush(seconds: max(0, min(Self.look, left)))
            if let fault = Self.fault(among: sources) {
                throw Failure(error: fault.error, id: fault.isPartition ? fault.id : nil)
            }
            for route in [lane.progressRoute, lane.offsetsRoute] {
                guard let route, route.failed > 0 else { continue }
                throw Failure(error: route.failure.error(attempting: "writing progress", on: "the target"), id: nil)
            }
            if isDone { return }
            guard left > 0 else {
                throw Failure(
                    error: EFDError(
                        .replicationTargetSlow,
                        "the target did not acknowledge \(what) in \(Int(seconds)) s", recovery: .retry), id: nil)
            }
        }
    }

    /// A partition with a rejected copy. It is at fault if a retry does not help; such a partition takes precedence.
    static func fault(among sources: [SourcePartition]) -> (id: Int, error: EFDError, isPartition: Bool)? {
        var passing: (id: Int, error: EFDError, isPartition: Bool)?
        for source in sources {
            guard let error = source.failure else { continue }
            if !error.isRetriable { return (source.id, error, true) }
            passing = passing ?? (source.id, error, false)
        }
        return passing
    }
}
