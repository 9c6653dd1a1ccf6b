import EFDKafka
import Synchronization

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
