import EFDCore
import EFDKafka
import Synchronization

/// What the reading thread knows of one partition. Only that thread touches it, but for `assignment`, which writers
/// read.
final class PartitionState: @unchecked Sendable {
    let place: TopicPartition
    /// The consumer's number of the partition.
    let source: Int
    /// The writer that stores this partition, always the same, so that its rows stay in order.
    let writer: Int
    let metrics: TopicMetrics

    var isAssigned = true
    /// The first offset that the destination refused, and why: the partition is paused, and what still comes of it is
    /// passed over. nil: none was.
    var parked: (offset: Int64, reason: EFDError)?
    /// Counts the times this partition came to us: what was read under an earlier count is nothing to us any more.
    var assignment: Int { assignments.load(ordering: .acquiring) }
    private let assignments = Atomic<Int>(0)
    /// The next offset to read; records below it were seen already.
    var nextOffset: Int64 = 0
    /// Where the destination says that it goes on, until the first record from there has come.
    var beginning: SinkPosition?
    /// The batch that takes the partition's rows, in the open writeBatch of `writer`; nil: none yet.
    var open: TopicBatch?
    /// Rows of the batch before, which the next one will about have.
    var batchRows = 0
    /// Index of this partition's progress in the open writeBatch; nil: none yet.
    var progress: Int?

    var topic: String { place.topic }
    var partition: Int32 { place.partition }

    init(_ place: TopicPartition, source: Int, writer: Int, metrics: TopicMetrics) {
        self.place = place
        self.source = source
        self.writer = writer
        self.metrics = metrics
    }

    /// Goes on where the destination says.
    func begin(at position: SinkPosition) {
        nextOffset = position.offset
        beginning = position
    }

    func closeBatch() {
        open = nil
        progress = nil
    }

    /// Starts or ends an assignment.
    func setAssigned(_ isAssigned: Bool) {
        self.isAssigned = isAssigned
        assignments.wrappingAdd(1, ordering: .releasing)
        nextOffset = 0
        beginning = nil
        parked = nil
        closeBatch()
    }
}
