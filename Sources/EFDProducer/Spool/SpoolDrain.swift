import EFDCore
import EFDKafka

/// Sends the spooled records, segment by segment, as fast as Kafka accepts them. Runs on its own thread.
struct SpoolDrain {
    let spool: Spool
    let producer: KafkaProducer
    let watch: DeliveryHandler
    /// Indices of the lanes by Kafka topic, for the counters.
    let lanes: [String: Int]
    let metrics: ProducerMetrics
    let log: Log
    let stop: StopToken

    /// Seconds between two checks while the spool is empty, and while Kafka's queue is full.
    private static let idleWait = 0.2
    private static let fullWait = 0.005
    /// Seconds before a segment that was sent only partly is sent again, all of it.
    private static let failedWait = 5.0

    func run() {
        while !stop.isStopped {
            metrics.spoolBytes.set(spool.byteCount)
            guard spool.isInUse, isUp, let (number, bytes) = spool.oldest() else {
                stop.wait(seconds: Self.idleWait)
                continue
            }
            if send(bytes) { spool.remove(number) } else { stop.wait(seconds: Self.failedWait) }
        }
        metrics.spoolBytes.set(spool.byteCount)
    }

    /// While no broker answers, records stay on disk.
    private var isUp: Bool { producer.connection.status == .up || producer.connection.status == .connecting }

    /// True if every record of the segment is acknowledged.
    private func send(_ bytes: [UInt8]) -> Bool {
        let (frames, torn) = SpoolFrame.decode(bytes)
        if torn > 0 {
            log.warning("the end of a spool segment was torn by a crash and is skipped", ["bytes": .integer(torn)])
        }
        for frame in frames {
            guard let handle = try? producer.topic(frame.topic), send(frame, handle) else { return false }
        }
        // Nothing else is in flight: while the spool is in use, every record goes through it.
        while producer.inFlight > 0 {
            if stop.wait(seconds: 0.01) { return false }
        }
        return true
    }

    private func send(_ frame: SpoolFrame, _ handle: KafkaTopicHandle) -> Bool {
        let mark = DeliveryMark(lane: lanes[frame.topic] ?? Int(UInt16.max), efdStamp: Double(frame.timestamp) / 1000)
        while true {
            let outcome = withBytes(frame.key) { key in
                withBytes(frame.value) { value in
                    producer.produce(
                        handle, KafkaRecord(key: key, value: value, timestamp: frame.timestamp, opaque: mark.raw))
                }
            }
            switch outcome {
            case .queued: return true
            case .queueFull: if stop.wait(seconds: Self.fullWait) { return false }
            case .failed(.messageTooLarge):
                withBytes(frame.key) { key in
                    withBytes(frame.value) { value in
                        watch.refuse(
                            frame.topic, KafkaRecord(key: key, value: value, timestamp: frame.timestamp),
                            .messageTooLarge)
                    }
                }
                return true
            case .failed(let code):
                log.warning(
                    "the Kafka client does not accept spooled records, retrying",
                    ["topic": .text(frame.topic), "error": .text(code.description)])
                return false
            }
        }
    }

    private func withBytes<Result>(_ bytes: ArraySlice<UInt8>?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}
