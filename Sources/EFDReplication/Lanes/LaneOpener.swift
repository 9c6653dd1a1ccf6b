import EFDCore
import EFDKafka

/// Opens lanes: fences off the previous owner, then reads the progress.
final class LaneOpener: Sendable {
    private let target: KafkaProperties
    private let group: String
    private let laneCount: Int
    private let progressTopic: String
    private let offsetsTopic: String?
    private let hooks: KafkaHooks
    private let isTransactional: Bool

    /// Seconds for the producer to open, and to read the progress: of the first attempt, doubled with each further one,
    /// and at most. librdkafka 2.0.2 may miss an answer of a busy cluster and then wait forever, where a new client
    /// succeeds.
    private static let patience = (first: 8.0, most: 60.0)

    init(
        _ target: KafkaProperties, group: String, laneCount: Int, progressTopic: String, offsetsTopic: String?,
        isTransactional: Bool, hooks: KafkaHooks
    ) {
        self.target = target
        self.group = group
        self.laneCount = laneCount
        self.progressTopic = progressTopic
        self.offsetsTopic = offsetsTopic
        self.isTransactional = isTransactional
        self.hooks = hooks
    }

    /// - Parameter failures: failed attempts before this one.
    /// - Throws: `replication.lanesChanged` if the progress belongs to another number of lanes; the client's errors.
    func open(_ number: Int, after failures: Int) throws(EFDError) -> Lane {
        let seconds = Backoff.ceiling(attempt: failures, base: Self.patience.first, cap: Self.patience.most)
        let producer = try producer(number, seconds)
        let reader = ProgressReader(properties: target, group: group, topic: progressTopic, hooks: hooks)
        let progress = try reader.read(number, seconds: seconds)
        if let foreign = progress.keys.first(where: {
            !$0.topic.isEmpty && LanePartitioner.lane(of: $0, among: laneCount) != number
        }) {
            throw EFDError(
                .replicationLanesChanged,
                "\(progressTopic)[\(number)] has the progress of \(foreign), which belongs to another lane with "
                    + "\(laneCount) lanes: partitions were added to the topic",
                remedy:
                    "Use another --group-id with --start latest while the source is idle, or recreate the topic "
                    + "with its former number of partitions"
            )
        }
        return try Lane(
            number, producer: producer, progress: progress, progressTopic: progressTopic, offsetsTopic: offsetsTopic)
    }

    private func producer(_ number: Int, _ seconds: Double) throws(EFDError) -> RelayProducer {
        guard isTransactional else { return try RelayProducer(target, transactionalID: nil, hooks: hooks) }
        let producer = try RelayProducer(target, transactionalID: "\(group)-\(number)", hooks: hooks)
        do throws(EFDError) { try producer.open(seconds: seconds) } catch {
            // Never a reason to copy without transactions: librdkafka takes a broker that answers too slowly after a
            // restart for an old one, and records that were copied without a transaction are copied twice.
            guard error.code == .kafkaUnsupported else { throw error }
            throw EFDError(
                .replicationTransactionsMissing, "lane \(number): \(error.message)",
                remedy: "If the target has no transactions, restart with --delivery at-least-once", recovery: .retry)
        }
        return producer
    }
}
