import EFDCore
import EFDKafka

/// Reads one partition of one cluster for comparison, one partition after the other. Not thread-safe; owned by one
/// thread.
final class SideReader {
    /// nil: the record is not copied, or not a copy.
    typealias Printing = (KafkaMessage) -> RecordFingerprint?

    private let consumer: KafkaConsumer
    private let fingerprinting: Printing
    private var partition: TopicPartition?
    private var pending: [RecordFingerprint] = []
    private var end: Int64 = .max
    /// The offset after the last record read, or the broker's end.
    private(set) var position: Int64 = 0
    /// No record before `end` is left, or none at all for now.
    private(set) var isAtEnd = false

    private static let batch = 1024
    private static let waitMilliseconds = 50

    init(_ properties: KafkaProperties, hooks: KafkaHooks, fingerprinting: @escaping Printing) throws(EFDError) {
        var properties = properties
        try properties.set("enable.partition.eof", "true")
        try properties.set("auto.offset.reset", "error")
        try properties.set("isolation.level", "read_committed")
        consumer = try KafkaConsumer(properties, group: "efd.replicator.verify", hooks: hooks)
        self.fingerprinting = fingerprinting
        consumer.onPartitionEnd = { [unowned self] ended, offset in
            guard ended == partition else { return }
            position = max(position, offset)
            isAtEnd = true
        }
    }

    func close() { consumer.close() }

    /// Restarts with another partition. Records from `end` on are excluded.
    func start(_ partition: TopicPartition, at offset: Int64, until end: Int64) throws(EFDError) {
        pending.removeAll()
        self.partition = partition
        position = offset
        self.end = end
        isAtEnd = offset >= end
        try consumer.assign(isAtEnd ? [] : [PartitionOffset(partition, offset)])
    }

    /// The first record from here on, which `read` still returns; nil if there is none before `deadline`, in seconds.
    func peek(until deadline: Double) throws(EFDError) -> RecordFingerprint? {
        while pending.isEmpty {
            if position >= end { return nil }
            pending = try poll()
            if pending.isEmpty && MonotonicClock.seconds() > deadline { return nil }
        }
        return pending.first
    }

    /// The records since the last call, possibly none.
    func read() throws(EFDError) -> [RecordFingerprint] {
        if !pending.isEmpty {
            defer { pending.removeAll() }
            return pending
        }
        return try poll()
    }

    private func poll() throws(EFDError) -> [RecordFingerprint] {
        guard position < end else {
            isAtEnd = true
            return []
        }
        var fingerprints: [RecordFingerprint] = []
        let batch = try consumer.poll(maxMessages: Self.batch, waitMilliseconds: Self.waitMilliseconds)
        fingerprints.reserveCapacity(batch.count)
        // The end is reported before the records that arrived with it: it applies after them.
        for index in 0..<batch.count {
            let message = batch[index]
            guard message.offset < end else {
                position = end
                break
            }
            if let fingerprint = fingerprinting(message) { fingerprints.append(fingerprint) }
            position = max(position, message.offset + 1)
        }
        if position >= end { isAtEnd = true }
        return fingerprints
    }
}
