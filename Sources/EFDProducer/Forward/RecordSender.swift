import EFDCore
import EFDKafka

/// Sends records to the Kafka client while its queue has room, else to the spool on disk, else blocks.
///
/// While the spool is not empty, new records go there too, which preserves order.
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
                // Without a spool DDS buffers what it can; private_seqNum counts what it drops.
                log.warning(
                    "Kafka does not keep up and the spool has no room: reading from DDS pauses")
                MonotonicClock.sleep(seconds: 0.005)
                if stop.isStopped && !producer.flush(seconds: 1) { return lose(record, handle) }
            case .failed(let code):
                // A record that is too large stays too large: in the spool it would block all others.
                if code != .messageTooLarge, let spool, keep(record, handle.name, in: spool) { return }
                return watch.refuse(handle.name, record, code)
            }
        }
    }

    private func lose(_ record: KafkaRecord, _ handle: KafkaTopicHandle) {
        metrics.undelivered.add()
        log.error("stopping with undelivered records: they are lost", ["topic": .text(handle.name)])
    }

    private func keep(_ record: KafkaRecord, _ topic: String, in spool: Spool) -> Bool {
        guard spool.append(topic: topic, key: record.key, value: record.value, timestamp: record.timestamp) else {
            return false
        }
        metrics.spooled.add()
        return true
    }
}
