import CRdKafka
import CRdKafkaShim
import EFDCore
import Synchronization

/// Sends records: idempotent, acknowledged by all in-sync replicas, in order per partition, with a bound on the records
/// in flight.
///
/// Thread-safe. Each queued record is reported exactly once to `deliver`: on the producer's own thread, or, with
/// producer's own, or, with `pollsItself: false`, on the thread that calls `poll`, `flush` or `close`. A producer that
/// is released while records are in flight purges them, and reports them before it is gone.
public final class KafkaProducer: Sendable {
    let handle: ClientHandle
    private let topics = Locked<[String: KafkaTopicHandle]>([:])
    /// Serializes polling: reports are collected in one buffer.
    private let polling = Locked<Void>(())
    private let unreported = Unreported()
    private let poller: Locked<JoinableThread?>
    private let stop = StopToken()

    /// - Parameters:
    ///   - deliver: receives up to 1024 reports at a time. Must not call the producer's `poll`, `flush` or `close`.
    ///   - undelivered: receives each undelivered record before it is freed, with its opaque; it is reported to
    /// `deliver` too.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is not an error here: see
    ///   `connection`.
    public init(
        _ properties: KafkaProperties, transactionalID: String? = nil, pollsItself: Bool = true,
        hooks: KafkaHooks = KafkaHooks(),
        undelivered: (@Sendable (KafkaMessage, KafkaErrorCode) -> Void)? = nil,
        deliver: @escaping @Sendable (UnsafeBufferPointer<DeliveryReport>) -> Void
    ) throws(EFDError) {
        let handle = try ClientHandle(
            .producer, properties, fixed: transactionalID.map { [("transactional.id", $0)] } ?? [], hooks: hooks)
        self.handle = handle
        handle.context.pointee.reports = .allocate(capacity: 1024)
        handle.context.pointee.undelivered = undelivered
        poller = Locked(nil)
        // Reports arrive until the poller ends, after the start of the producer's release: they must not need it.
        handle.context.pointee.deliver = { [unreported, observer = handle.observer] reports in
            if reports[reports.count - 1].error.isError == false { observer.isAlive() }
            deliver(reports)
            unreported.count.wrappingSubtract(reports.count, ordering: .releasing)
        }
        guard pollsItself else { return }
        let (stop, polling) = (stop, polling)
        poller.withLock { worker in
            worker = JoinableThread("kafka-delivery") {
                while !stop.isStopped { Self.poll(handle, polling, milliseconds: 100) }
            }
        }
    }

    deinit {
        close(flushSeconds: 0)
        topics.withLock { topics in
            for topic in topics.values { rd_kafka_topic_destroy(topic.raw) }
        }
        handle.context.pointee.deliver = nil
        handle.context.pointee.reports.deallocate()
    }

    public var connection: KafkaConnection { handle.observer.connection }

    /// Queued records that are not reported yet.
    public var inFlight: Int { unreported.count.load(ordering: .acquiring) }

    /// The handle of a topic, created on first use. The topic need not exist yet: records wait for it and time out.
    public func topic(_ name: String) throws(EFDError) -> KafkaTopicHandle {
        try topics.withLock { (topics) throws(EFDError) in
            if let known = topics[name] { return known }
            guard let raw = rd_kafka_topic_new(handle.raw, name, nil) else {
                throw KafkaErrorCode(rd_kafka_last_error()).error(attempting: "using topic \(name)", on: handle.servers)
            }
            let made = KafkaTopicHandle(raw: raw)
            topics[name] = made
            return made
        }
    }

    /// Queues a copy of a record. Never blocks.
    public func produce(_ topic: KafkaTopicHandle, _ record: KafkaRecord) -> ProduceOutcome {
        unreported.count.wrappingAdd(1, ordering: .relaxed)
        let code = send(topic, record)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return .queued }
        unreported.count.wrappingSubtract(1, ordering: .relaxed)
        return code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? .queueFull : .failed(KafkaErrorCode(code))
    }

    /// Queues records of one topic in order until one is rejected. Returns how many were queued and the outcome of the
    /// next one.
    public func produce(_ topic: KafkaTopicHandle, _ records: UnsafeBufferPointer<KafkaRecord>) -> (
        queued: Int, outcome: ProduceOutcome
    ) {
        for (index, record) in records.enumerated() {
            let outcome = produce(topic, record)
            if outcome != .queued { return (index, outcome) }
        }
        return (records.count, .queued)
    }

    private func send(_ topic: KafkaTopicHandle, _ record: KafkaRecord) -> rd_kafka_resp_err_t {
        // An empty buffer may have no address, which librdkafka reads as null.
        let empty = UnsafeRawPointer(topic.raw)
        return rdkafka_produce_record(
            handle.raw, topic.raw, record.partition, record.key.map { $0.baseAddress ?? empty }, record.key?.count ?? 0,
            record.value.map { $0.baseAddress ?? empty }, record.value?.count ?? 0, record.timestamp,
            record.headers?.raw,
            UnsafeMutableRawPointer(bitPattern: record.opaque))
    }

    /// Serves delivery reports, waiting at most so long for the first. Only for `pollsItself: false`.
    public func poll(milliseconds: Int = 0) { Self.poll(handle, polling, milliseconds: milliseconds) }

    /// Waits until every record is reported, at most `seconds`. False if some are left.
    public func flush(seconds: Double) -> Bool {
        let deadline = MonotonicClock.seconds() + seconds
        let pollsItself = poller.withLock { $0 != nil }
        while inFlight > 0 {
            let left = deadline - MonotonicClock.seconds()
            guard left > 0 else { return false }
            if pollsItself {
                MonotonicClock.sleep(seconds: min(0.002, left))
            } else {
                poll(milliseconds: Int(min(100, left * 1000)))
            }
        }
        return true
    }

    /// Purges every record that is not delivered yet: each is reported as purged.
    public func purge() { rd_kafka_purge(handle.raw, Int32(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)) }

    /// Waits for deliveries, purges the rest after `seconds`, and ends the producer's thread. Returns the number of
    /// purged records.
    @discardableResult
    public func close(flushSeconds: Double) -> Int {
        guard !flush(seconds: flushSeconds) else {
            endPolling()
            return 0
        }
        let left = inFlight
        purge()
        _ = flush(seconds: 5)
        endPolling()
        return left
    }

    /// Queued and unreported records: shared with the callback of the client.
    private final class Unreported: Sendable {
        let count = Atomic<Int>(0)
    }

    private func endPolling() {
        stop.stop()
        if let worker = poller.withLock({ $0.take() }) { worker.join() }
    }

    private static func poll(_ handle: ClientHandle, _ polling: Locked<Void>, milliseconds: Int) {
        polling.withLock { _ in
            rd_kafka_poll(handle.raw, Int32(clamping: milliseconds))
            DeliveryReport.flush(handle.context)
        }
    }
}
