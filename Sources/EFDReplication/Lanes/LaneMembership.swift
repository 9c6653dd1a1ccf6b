import EFDCore
import EFDKafka

/// This process as a member of the replication's consumer group at the target: a partition of the progress topic is a
/// lane.
final class LaneMembership {
    private let consumer: KafkaConsumer
    private let assignments: LaneAssignments
    private let log: Log
    private let topic: String
    /// Assigned since the last poll.
    private var added: [TopicPartition] = []
    /// Seconds to commit the open transactions of revoked lanes; the next owner copies uncommitted records again.
    private static let revokePatience = 20.0
    private static let pollMilliseconds = 100

    init(_ target: KafkaProperties, group: String, topic: String, assignments: LaneAssignments, hooks: KafkaHooks)
        throws(EFDError)
    {
        (self.assignments, self.topic, log) = (assignments, topic, hooks.log)
        consumer = try KafkaConsumer(target, group: group, hooks: hooks)
        consumer.onAssigned = { [unowned self] partitions in
            self.log.info("lanes assigned", ["lanes": .text(Self.text(partitions))])
            self.assignments.assign(partitions.map { Int($0.partition) })
            self.added += partitions
            return partitions.map { PartitionOffset($0, PartitionOffset.end) }
        }
        consumer.onRevoked = { [unowned self] partitions, lost in
            self.log.info(
                "lanes revoked", ["lanes": .text(Self.text(partitions)), "lost": .text(lost ? "yes" : "no")])
            self.assignments.revoke(partitions.map { Int($0.partition) }, seconds: Self.revokePatience)
        }
    }

    func join() throws(EFDError) { try consumer.subscribe([topic]) }

    /// Polls the group for a moment. `LaneOpener` reads the progress topic's records, not this consumer.
    func serve() throws(EFDError) {
        _ = try consumer.poll(maxMessages: 1000, waitMilliseconds: Self.pollMilliseconds)
        guard !added.isEmpty else { return }
        defer { added = [] }
        try? consumer.pause(added.filter(consumer.assignment.contains))
    }

    var connection: KafkaConnection { consumer.connection }

    func leave() { consumer.close() }

    private static func text(_ partitions: [TopicPartition]) -> String {
        partitions.map { "\($0.partition)" }.sorted().joined(separator: ",")
    }
}
