import EFDCore
import EFDKafka

/// Handles delivery reports: counts, latencies, and the records that Kafka rejected. Runs on the client's delivery
/// thread.
final class DeliveryHandler: Sendable {
    private let metrics: ProducerMetrics
    private let lanes: Locked<[LaneMetrics]>
    private let undelivered: BoundedQueue<DeadLetter>
    private let spool: Spool?
    private let log: Log

    /// Rejected records that wait for the dead-letter topic.
    static let queueCapacity = 1000

    init(metrics: ProducerMetrics, spool: Spool?, log: Log) {
        self.metrics = metrics
        self.spool = spool
        self.log = log
        lanes = Locked([])
        undelivered = BoundedQueue(capacity: Self.queueCapacity)
    }

    /// The counters by topic, set once the topics exist and before the first record.
    func set(_ lanes: [LaneMetrics]) { self.lanes.withLock { $0 = lanes } }

    func report(_ reports: UnsafeBufferPointer<DeliveryReport>) {
        let now = WallClock.seconds()
        let lanes = lanes.withLock { $0 }
        var ages: [Double] = []
        ages.reserveCapacity(reports.count)
        var run = (lane: -1, count: 0)
        func count() { if run.lane >= 0 && run.lane < lanes.count { lanes[run.lane].forwarded.add(run.count) } }
        for report in reports where !report.error.isError {
            let mark = DeliveryMark(raw: report.opaque)
            ages.append(mark.age(now: now))
            if mark.lane != run.lane {
                count()
                run = (mark.lane, 0)
            }
            run.count += 1
        }
        count()
        metrics.latency.observe(ages)
    }

    /// A record that was not delivered: if rejected permanently, it becomes a dead letter; otherwise it waits in the
    /// spool for a retry.
    func keep(_ message: KafkaMessage, _ code: KafkaErrorCode) {
        let topic = message.topic
        if code != .messageTooLarge, let spool,
            spool.append(topic: topic, key: message.key, value: message.value, timestamp: message.timestamp ?? 0)
        {
            metrics.spooled.add()
            return
        }
        refuse(
            topic,
            KafkaRecord(
                key: message.key, value: message.value, timestamp: message.timestamp ?? 0,
                partition: message.partition),
            code)
    }

    /// Passes a permanently rejected record to the thread that sends dead letters.
    func refuse(_ topic: String, _ record: KafkaRecord, _ code: KafkaErrorCode) {
        var kept = RecordStore()
        kept.append(key: record.key, value: record.value)
        let reason = EFDError(
            .producerRecordRefused, "Kafka rejected the record: \(code)",
            remedy: "Compare the topic's max.message.bytes with the client's message.max.bytes and batch.size.",
            recovery: .reject)
        let letter = DeadLetter(
            topic: topic, partition: record.partition, offset: -1,
            timestamp: record.timestamp > 0 ? record.timestamp : nil, stage: .writing, reason: reason, records: kept,
            row: 0)
        guard undelivered.tryPush(letter) != nil else { return }
        metrics.undelivered.add()
        log.error(
            "a record that Kafka rejected is lost: too many wait for the dead-letter topic",
            ["topic": .text(topic), "error": .text(code.description)])
    }

    /// Sends rejected records to the dead-letter topic until `close`. Runs on its own thread.
    func sendDeadLetters(_ letters: DeadLetterQueue, _ rejected: @escaping (String) -> Void) {
        while let letter = undelivered.pop() {
            switch letters.send([letter]) {
            case .sent: rejected(letter.topic)
            case .stopped: metrics.undelivered.add()
            case .refused(let reasons):
                metrics.undelivered.add()
                for reason in reasons.values {
                    log.error("a record is lost: its topic and the dead-letter topic rejected it", reason)
                }
            }
        }
        letters.close()
    }

    func close() { undelivered.close() }
}
