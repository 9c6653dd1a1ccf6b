import EFDCore
import EFDKafka

/// What one writer gets at a time: batches of many topics, with the progress that storing them means.
///
/// It has one owner at a time: the reading thread fills it, a writer stores it, the reading thread takes its progress.
final class WriteBatch: @unchecked Sendable {
    /// Storing the batch finishes a partition's records before `nextOffset`.
    struct Progress {
        let state: AssignedPartition
        /// The assignment under which the records were read.
        let assignment: Int
        var nextOffset: Int64
        /// Rows stored or buffered, set by the writer.
        var rows = 0
        /// The sender's stamp of the first row in UTC seconds, set by the writer; NaN: none.
        var stamp = Double.nan
    }

    /// The first row of a partition that the writer still buffers; nil: none.
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

    /// Why a writer hands it back.
    enum Kind {
        case records
        /// Nothing to write: the writer makes durable all that it buffers.
        case flush
        /// Not from the reading thread: a writer reports what became durable by itself.
        case report
    }

    let writer: Int
    let kind: Kind
    var batches: [TopicBatch] = []
    /// Records that could not be decoded.
    var deadLetters: [DeadLetter] = []
    var progress: [Progress] = []
    /// Of sinks that buffer rows, set by the writer.
    var buffered: [Buffered] = []
    var refused: [Refused] = []
    var rowCount = 0
    /// Bytes of all records as they came, those that failed included.
    var recordBytes = 0
    /// Monotonic nanoseconds of the first record.
    var openedAt: Int64
    /// False when the writer gave up, at a stop: the progress does not count.
    var isStored = false

    init(writer: Int, kind: Kind = .records, openedAt: Int64 = 0) {
        self.writer = writer
        self.kind = kind
        self.openedAt = openedAt
    }

    /// Takes out what came from a partition.
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
