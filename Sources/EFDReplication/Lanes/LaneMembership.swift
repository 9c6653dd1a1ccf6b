import EFDCore
import EFDKafka

/// This process as a member of the replication's consumer group at the target: having a partition of the progress topic
/// means having its lane.
final class LaneMembership {
    private let consumer: KafkaConsumer
    private let board: LaneAssignments
    private let log: Log
    private let topic: String
    private var fresh: [TopicPartition] = []
    /// When lanes are given to others, what is under way is committed within this time, or copied again by their next
    /// owner, in seconds.
    private static let revokePatience = 20.0
    private static let pollMilliseconds = 100

    init(_ target: KafkaProperties, group: String, topic: String, board: LaneAssignments, hooks: KafkaHooks)
        throws(EFDError)
    {
        (self.board, self.topic, log) = (board, topic, hooks.log)
        consumer = try KafkaConsumer(target, group: group, hooks: hooks)
        consumer.onAssigned = { [unowned self] partitions in
            self.log.info("lanes come to this process", ["lanes": .text(Self.text(partitions))])
            self.board.want(partitions.map { Int($0.partition) })
            self.fresh += partitions
            return partitions.map { PartitionOffset($0, PartitionOffset.end) }
        }
        consumer.onRevoked = { [unowned self] partitions, lost in
            self.log.info(
                "lanes leave this process", ["lanes": .text(Self.text(partitions)), "lost": .text(lost ? "yes" : "no")])
            self.board.giveUp(partitions.map { Int($0.partition) }, seconds: Self.revokePatience)
        }
    }

    func join() throws(EFDError) { try consumer.subscribe([topic]) }

    /// Serves the group for a moment. The progress itself is not read here: each lane does that once, when it is
    /// opened.
    func serve() throws(EFDError) {
        _ = try consumer.poll(maxMessages: 1000, waitMilliseconds: Self.pollMilliseconds)
        guard !fresh.isEmpty else { return }
        defer { fresh = [] }
        try? consumer.pause(fresh.filter(consumer.assignment.contains))
    }

    var connection: KafkaConnection { consumer.connection }

    func leave() { consumer.close() }

    private static func text(_ partitions: [TopicPartition]) -> String {
        partitions.map { "\($0.partition)" }.sorted().joined(separator: ",")
    }
}
