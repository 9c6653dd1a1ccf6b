import EFDCore
import EFDKafka

/// Appends records to the schema topic and returns when they count. One thread at a time.
final class RegistryWriter: Sendable {
    private struct Outcome: Sendable {
        let number: UInt
        let offset: Int64
        let error: KafkaErrorCode
    }

    private static let chunk = 256

    private let producer: KafkaProducer
    private let outcomes: BoundedQueue<Outcome>
    private let topic: KafkaTopicHandle
    private let store: RegistryStore
    private let options: RegistryServerOptions
    private let lastNumber = Locked<UInt>(0)

    init(_ options: RegistryServerOptions, _ store: RegistryStore, hooks: KafkaHooks) throws(EFDError) {
        self.options = options
        self.store = store
        let outcomes = BoundedQueue<Outcome>(capacity: 4 * Self.chunk)
        self.outcomes = outcomes
        var properties = options.kafka
        try properties.set("linger.ms", "0")
        try properties.set("delivery.timeout.ms", String(Int(options.writeTimeout * 1000)))
        producer = try KafkaProducer(properties, hooks: hooks) { reports in
            // Nobody waits any more for what does not fit.
            for report in reports {
                _ = outcomes.tryPush(Outcome(number: report.opaque, offset: report.offset, error: report.error))
            }
        }
        topic = try producer.topic(options.topic)
    }

    func close() { producer.close(flushSeconds: 1) }

    /// Throws when a record was not acknowledged, or not in time: it may count later all the same.
    func append(_ records: [RegistryRecord]) throws(EFDError) {
        var rest = records[...]
        while !rest.isEmpty {
            try appendChunk(Array(rest.prefix(Self.chunk)))
            rest = rest.dropFirst(Self.chunk)
        }
    }

    private func appendChunk(_ records: [RegistryRecord]) throws(EFDError) {
        let deadline = MonotonicClock.seconds() + options.writeTimeout + 1
        let start = store.nextOffset
        let first = lastNumber.withLock { last in
            defer { last += UInt(records.count) }
            return last + 1
        }
        for (index, record) in records.enumerated() { try send(record, first + UInt(index)) }
        var offsets = [Int64?](repeating: nil, count: records.count)
        while offsets.contains(nil) {
            guard let outcome = outcomes.pop(waitingAtMost: max(0, deadline - MonotonicClock.seconds())) else {
                throw late()
            }
            guard outcome.number >= first else { continue }
            if outcome.error.isError {
                throw outcome.error.error(attempting: "writing to \(options.topic)", on: options.kafka.bootstrapServers)
            }
            offsets[Int(outcome.number - first)] = outcome.offset
        }
        for (record, offset) in zip(records, offsets) {
            guard let offset, offset >= start else {
                throw EFDError(
                    "registry.topicReplaced",
                    "the schema topic \(options.topic) is shorter than it was: it was deleted or emptied",
                    remedy: "The registry reads it again; register the schemas that are missing.", recovery: .retry)
            }
            while !store.wrote(record, at: offset) {
                guard MonotonicClock.seconds() < deadline else { throw late() }
                MonotonicClock.sleep(seconds: 0.002)
            }
        }
    }

    private func send(_ record: RegistryRecord, _ number: UInt) throws(EFDError) {
        let key = Array(record.key.utf8)
        let value = record.value.map { Array($0.utf8) }
        let outcome = key.withUnsafeBytes { key in
            guard let value else {
                return producer.produce(topic, KafkaRecord(key: key, value: nil, partition: 0, opaque: number))
            }
            return value.withUnsafeBytes {
                producer.produce(topic, KafkaRecord(key: key, value: $0, partition: 0, opaque: number))
            }
        }
        switch outcome {
        case .queued: return
        case .queueFull: throw late()
        case .failed(let code):
            throw code.error(attempting: "writing to \(options.topic)", on: options.kafka.bootstrapServers)
        }
    }

    private func late() -> EFDError {
        EFDError(
            "registry.writeTimedOut",
            "Kafka did not acknowledge a write to \(options.topic) within \(options.writeTimeout) s", recovery: .retry)
    }
}
