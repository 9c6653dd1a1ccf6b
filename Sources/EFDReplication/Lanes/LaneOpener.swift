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
    private let log: Log
    /// Whether transactions are used; set to false if the target has none and `mayFallBack` is set.
    private let transactions: Locked<Bool>
    private let mayFallBack: Bool
    private let report: @Sendable (String) -> Void

    /// Seconds for the producer to open, and to read the progress: of the first attempt, doubled with each further one,
    /// and at most. librdkafka 2.0.2 may miss an answer of a busy cluster and then wait forever, where a new client
    /// succeeds.
    private static let patience = (first: 8.0, most: 60.0)

    /// - Parameter report: receives the delivery guarantee if it falls back to at-least-once.
    init(
        _ target: KafkaProperties, group: String, laneCount: Int, progressTopic: String, offsetsTopic: String?,
        transactional: Bool, mayFallBack: Bool,
        hooks: KafkaHooks,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.target = target
        self.group = group
        self.laneCount = laneCount
        self.progressTopic = progressTopic
        self.offsetsTopic = offsetsTopic
        self.hooks = hooks
        self.report = report
        log = hooks.log
        transactions = Locked(transactional)
        self.mayFallBack = mayFallBack
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
        if transactions.withLock({ $0 }) {
            let producer = try RelayProducer(target, transactionalID: "\(group)-\(number)", hooks: hooks)
            do throws(EFDError) {
                try producer.open(seconds: seconds)
                return producer
            } catch {
                guard mayFallBack, error.code == .kafkaUnsupported else { throw error }
                transactions.withLock { $0 = false }
                log.warning("the target has no transactions: records may be copied twice after a fault", error)
                report("at-least-once: the target has no transactions")
            }
        }
        return try RelayProducer(target, transactionalID: nil, hooks: hooks)
    }
}
