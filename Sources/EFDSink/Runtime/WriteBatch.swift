import EFDCore
import EFDKafka
import Synchronization

/// A unit of work for one writer: batches of many topics, with the progress that storing them makes.
///
/// It has one owner at a time: the reading thread fills it, a writer stores it, the reading thread reads its progress.
final class WriteBatch: @unchecked Sendable {
    /// Storing the batch finishes a partition's records before `nextOffset`.
    struct Progress {
        let state: AssignedPartition
        /// The assignment under which the records were read.
        let assignment: Int
        var nextOffset: Int64
        /// Rows stored or buffered, set by the writer.
        var rows = 0
        /// `private_sndStamp` of the first row in UTC seconds, set by the writer; NaN: none.
        var stamp = Double.nan
    }

    /// The first row of a partition that the writer still buffers; nil if there is none.
    struct Buffered {
        let state: AssignedPartition
        let assignment: Int
        let firstOffset: Int64?
    }

    /// A partition that cannot be stored until a person acts, with the first such offset.
    struct Refused {
        let state: AssignedPartition
        let assignment: Int
        let offset: Int64
        let reason: EFDError
    }

    /// The reason for a batch.
    enum Kind {
        case records
        /// Nothing to write: the writer flushes all buffered rows.
        case flush
        /// Not from the reading thread: a writer reports rows that became durable.
        case report
    }

    let writer: Int
    let kind: Kind
    var batches: [TopicBatch] = []
    /// Records that could not be decoded.
    var deadLetters: [DeadLetter] = []
    var progress: [Progress] = []
    /// Only for sinks that buffer rows, set by the writer.
    var buffered: [Buffered] = []
    var refused: [Refused] = []
    var rowCount = 0
    /// Bytes of all original records, including failed ones.
    var recordBytes = 0
    /// Monotonic nanoseconds of the first record.
    var openedAt: Int64
    /// False if the writer gave up at a stop: the progress does not count.
    var isStored = false

    init(writer: Int, kind: Kind = .records, openedAt: Int64 = 0) {
        self.writer = writer
        self.kind = kind
        self.openedAt = openedAt
    }

    /// Removes the rows and progress of a partition.
    func leaveOut(_ partition: TopicPartition) {
        batches.removeAll { $0.topic == partition.topic && $0.partition == partition.partition }
        deadLetters.removeAll { $0.topic == partition.topic && $0.partition == partition.partition }
        progress.removeAll { $0.state.partition == partition }
    }

    func progress(of partition: TopicPartition) -> Int? {
        progress.firstIndex { $0.state.partition == partition }
    }

    var isEmpty: Bool { progress.isEmpty }
    var byteCount: Int { batches.reduce(0) { $0 + $1.byteCount } }
}

/// One partition as the reading thread and its writer share it: its identity, and its current assignment.
final class AssignedPartition: Sendable {
    let partition: TopicPartition
    /// The consumer's number of the partition, and the ledger's.
    let number: Int
    /// The writer of this partition, always the same, so that its rows stay in order.
    let writer: Int
    let metrics: TopicMetrics

    /// The ledger's count of assignments, for writers: records read under an earlier one are dropped.
    var assignment: Int { current.load(ordering: .acquiring) }
    private let current = Atomic<Int>(0)

    init(_ partition: TopicPartition, number: Int, writer: Int, metrics: TopicMetrics) {
        self.partition = partition
        self.number = number
        self.writer = writer
        self.metrics = metrics
    }

    func publish(assignment: Int) { current.store(assignment, ordering: .releasing) }
}
