import EFDCore
import EFDKafka

/// One share of the source's partitions, with the producer that alone may write their copies and their progress.
///
/// It has one owner at a time: the crew opens and commits it, a copy thread copies with it.
final class Lane: @unchecked Sendable {
    let number: Int
    let producer: RelayProducer
    /// What the target knows of each source partition of this lane.
    var progress: [TopicPartition: ProgressRecord]
    /// Nothing was ever copied on this lane.
    var isFresh: Bool
    /// Progress to be written with the next transaction, beside that of its copies.
    var notes: [ProgressRecord] = []
    private let progressRoute: RelayRoute
    private let offsetsRoute: RelayRoute?

    // MARK: The transaction under way

    /// Seconds of the monotonic clock at which it began; nil: none is under way.
    private(set) var begun: Double?
    /// Bytes copied in it.
    var bytes = 0
    /// Partitions with copies in it.
    private(set) var touched: [SourcePartition] = []

    /// - Parameter offsetsTopic: gets the spans; nil: they are not wanted.
    init(
        _ number: Int, producer: RelayProducer, progress: [TopicPartition: ProgressRecord], progressTopic: String,
        offsetsTopic: String?
    ) throws(EFDError) {
        self.number = number
        self.producer = producer
        self.progress = progress
        isFresh = progress.isEmpty
        progressRoute = try producer.route(to: progressTopic, Int32(number))
        offsetsRoute = try offsetsTopic.map { topic throws(EFDError) in try producer.route(to: topic, Int32(number)) }
    }

    var isOpen: Bool { begun != nil }

    func begin(now: Double) throws(EFDError) {
        try producer.begin()
        begun = now
        bytes = 0
    }

    func touch(_ slot: SourcePartition) {
        guard !slot.isTouched else { return }
        slot.isTouched = true
        touched.append(slot)
    }

    /// Why a commit came to nothing.
    struct Failure: Error {
        let error: EFDError
        /// The partition at fault, where one is: what it copied will not be taken as it is.
        let place: TopicPartition?
    }

    /// Writes progress and spans behind the copies, and commits. Blocks for a few round trips. A lane whose commit
    /// fails must be opened anew.
    func commit(seconds: Double) throws(Failure) {
        do throws(EFDError) { try awaitAcknowledgements(of: "copies", seconds) } catch {
            throw Failure(error: error, place: nil)
        }
        for slot in touched where slot.route.failed > 0 {
            let error = slot.route.failure.error(
                attempting: "copying \(slot.place) to \(slot.target)", on: "the target")
            throw Failure(error: error, place: error.isRetriable ? nil : slot.place)
        }
        do throws(EFDError) {
            let now = WallClock.nanoseconds() / 1_000_000
            for index in notes.indices {
                notes[index].written = now
                try producer.produce(progressRoute, key: notes[index].key, value: notes[index].value)
            }
            for slot in touched {
                let record = slot.account(now: now)
                try producer.produce(progressRoute, key: record.key, value: record.value)
                if let offsetsRoute, let spans = slot.spans {
                    try producer.produce(offsetsRoute, key: spans.key, value: spans.value)
                }
            }
            // Before the commit: what failed in a transaction must not become visible without the rest.
            try awaitAcknowledgements(of: "progress", seconds)
            for route in [progressRoute, offsetsRoute] {
                if let route, route.failed > 0 {
                    throw route.failure.error(attempting: "writing progress", on: "the target")
                }
            }
            try producer.commit(seconds: seconds)
        } catch {
            throw Failure(error: error, place: nil)
        }
    }

    private func awaitAcknowledgements(of what: String, _ seconds: Double) throws(EFDError) {
        guard producer.flush(seconds: seconds) else {
            throw EFDError(
                "replication.targetSlow", "the target did not acknowledge \(what) in \(Int(seconds)) s",
                recovery: .retry)
        }
    }

    /// After a commit: takes the account over, for the next transaction to begin anew.
    func settle() {
        for note in notes { progress[note.partition] = note }
        notes.removeAll()
        for slot in touched {
            slot.settle()
            progress[slot.place] = slot.stored
        }
        progressRoute.reset()
        offsetsRoute?.reset()
        touched.removeAll(keepingCapacity: true)
        begun = nil
    }
}
