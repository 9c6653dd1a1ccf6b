import EFDCore
import EFDKafka

/// Makes lanes ready to copy: fences off whoever had them, then reads how far they are.
final class LaneOpener: Sendable {
    private let target: KafkaProperties
    private let group: String
    private let laneCount: Int
    private let progressTopic: String
    private let offsetsTopic: String?
    private let hooks: KafkaHooks
    private let log: Log
    /// Falls from exactly-once to at-least-once where the target has no transactions and the user allows it.
    private let transactions: Locked<Bool>
    private let mayFallBack: Bool
    private let told: @Sendable (String) -> Void

    /// Seconds for the producer to open, and for reading the progress: the first attempt's, which doubles, and the
    /// most. librdkafka 2.0.2 may miss an answer while a cluster is busy and then wait for ever, where new clients get
    /// through.
    private static let patience = (first: 8.0, most: 60.0)

    /// - Parameter told: gets what delivery is, once it falls back.
    init(
        _ target: KafkaProperties, group: String, laneCount: Int, progressTopic: String, offsetsTopic: String?,
        transactional: Bool, mayFallBack: Bool,
        hooks: KafkaHooks,
        told: @escaping @Sendable (String) -> Void
    ) {
        self.target = target
        self.group = group
        self.laneCount = laneCount
        self.progressTopic = progressTopic
        self.offsetsTopic = offsetsTopic
        self.hooks = hooks
        self.told = told
        log = hooks.log
        transactions = Locked(transactional)
        self.mayFallBack = mayFallBack
    }

    /// - Parameter failures: attempts before this one.
    func open(_ number: Int, after failures: Int) throws(EFDError) -> Lane {
        let seconds = Backoff.ceiling(attempt: failures, base: Self.patience.first, cap: Self.patience.most)
        let producer = try producer(number, seconds)
        let reader = ProgressReader(properties: target, group: group, topic: progressTopic, hooks: hooks)
        let progress = try reader.read(number, seconds: seconds)
        if let stranger = progress.keys.first(where: {
            !$0.topic.isEmpty && LanePartitioner.lane(of: $0, among: laneCount) != number
        }) {
            throw EFDError(
                "replication.lanesChanged",
                "\(progressTopic)[\(number)] has the progress of \(stranger), which belongs elsewhere with "
                    + "\(laneCount) lanes: the topic was given more partitions",
                remedy:
                    "Use another --group-id with --start latest while the source stands still, or make the topic anew "
                    + "with as many partitions as it had"
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
                guard mayFallBack, error.code == "kafka.unsupported" else { throw error }
                transactions.withLock { $0 = false }
                log.warning("the target has no transactions: copies may come twice after a fault", error)
                told("at-least-once: the target has no transactions")
            }
        }
        return try RelayProducer(target, transactionalID: nil, hooks: hooks)
    }
}
