import EFDCore
import EFDKafka

/// What one writer gets at a time: batches of many topics, with the progress that storing them means.
///
/// It has one owner at a time: the reading thread fills it, a writer stores it, the reading thread takes its progress.
final class WriteBatch: @unchecked Sendable {
    /// Storing the writeBatch makes a partition's records before `nextOffset` durable.
    struct Progress {
        let slot: PartitionState
        /// The slot's assignment under which the records were read.
        let assignment: Int
        var nextOffset: Int64
    }

    /// A partition that the destination refused, with the first offset refused.
    struct Refused {
        let slot: PartitionState
        let assignment: Int
        let offset: Int64
        let reason: EFDError
    }

    let writer: Int
    var batches: [TopicBatch] = []
    /// Records that failed already when decoded.
    var deadLetters: [DeadLetter] = []
    var progress: [Progress] = []
    var refused: [Refused] = []
    var rowCount = 0
    /// Bytes of all records as they came, those that failed included.
    var recordBytes = 0
    var openedAt: Int64
    /// The writer makes all that it holds durable behind this writeBatch.
    var flushesAll = false
    /// No writeBatch of the reader's: only news of what a writer has made durable.
    var isNews = false
    /// False when the writer gave up, at a stop: the progress does not count.
    var isStored = false

    init(writer: Int, openedAt: Int64) {
        self.writer = writer
        self.openedAt = openedAt
    }

    /// Takes out what came from a partition under an assignment.
    func leaveOut(_ place: TopicPartition) {
        batches.removeAll { $0.topic == place.topic && $0.partition == place.partition }
        progress.removeAll { $0.slot.place == place }
    }

    var isEmpty: Bool { progress.isEmpty }
    var byteCount: Int { batches.reduce(0) { $0 + $1.byteCount } }
}
