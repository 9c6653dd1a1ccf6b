import EFDCore
import EFDKafka

/// The way out for records: the Kafka client while it has room, else the spool on disk, else waiting.
///
/// While anything waits in the spool, new records go there too, so that order is kept.
final class RecordSender: Sendable {
    private let producer: KafkaProducer
    private let spool: Spool?
    private let watch: DeliveryHandler
    private let metrics: ProducerMetrics
    private let log: Log
    private let stop: StopToken

    init(
        _ producer: KafkaProducer, spool: Spool?, watch: DeliveryHandler, metrics: ProducerMetrics, log: Log,
        stop: StopToken
    ) {
        self.producer = producer
        self.spool = spool
        self.watch = watch
        self.metrics = metrics
        self.log = log
        self.stop = stop
    }

    func send(_ handle: KafkaTopicHandle, _ record: KafkaRecord) {
        if let spool, spool.isInUse, keep(record, handle.name, in: spool) { return }
        while true {
            switch producer.produce(handle, record) {
            case .queued: return
            case .queueFull:
                if let spool, keep(record, handle.name, in: spool) { return }
                // No disk to go to: DDS holds what it can meanwhile, and what it cannot is counted by its numbers.
                log.warning(
                    "Kafka does not keep up and there is no room to wait for it on disk; reading from DDS waits")
                MonotonicClock.sleep(seconds: 0.005)
                if stop.isStopped && !producer.flush(seconds: 1) { return lose(record, handle) }
            case .failed(let code):
                // What is too large today is so tomorrow: in the spool it would keep all others waiting.
                if code != .messageTooLarge, let spool, keep(record, handle.name, in: spool) { return }
                return watch.refuse(
                    handle.name, partition: record.partition, key: record.key, value: record.value, code)
            }
        }
    }

    private func lose(_ record: KafkaRecord, _ handle: KafkaTopicHandle) {
        metrics.undelivered.add()
        log.error("stopping with records that Kafka did not take: they are lost", ["topic": .text(handle.name)])
    }

    private func keep(_ record: KafkaRecord, _ topic: String, in spool: Spool) -> Bool {
        guard spool.append(topic: topic, key: record.key, value: record.value, timestamp: record.timestamp) else {
            return false
        }
        metrics.spooled.add()
        return true
    }
}
