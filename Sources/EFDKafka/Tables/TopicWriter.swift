import EFDCore

/// Appends records to an internal topic, and returns when all in-sync replicas have them.
///
/// Thread-safe; appends of several threads are serialized.
public final class TopicWriter: Sendable {
    private let producer: KafkaProducer
    private let topic: KafkaTopicHandle
    private let reports: BoundedQueue<DeliveryReport>
    /// The number of the last record; locked while an append runs.
    private let lastNumber = Locked<UInt>(0)
    private let timeout: Double

    /// Maximum unacknowledged records.
    private static let chunk = 256

    /// - Parameter timeout: seconds that the acknowledgement of a record may take.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`.
    public init(_ properties: KafkaProperties, topic: String, timeout: Double, hooks: KafkaHooks = KafkaHooks())
        throws(EFDError)
    {
        let reports = BoundedQueue<DeliveryReport>(capacity: 4 * Self.chunk)
        var properties = properties
        try properties.set("linger.ms", "0")
        try properties.set("delivery.timeout.ms", String(Int(timeout * 1000)))
        producer = try KafkaProducer(properties, hooks: hooks) { delivered in
            // Other numbers belong to an append that has timed out.
            for report in delivered { _ = reports.tryPush(report) }
        }
        self.topic = try producer.topic(topic)
        (self.reports, self.timeout) = (reports, timeout)
    }

    /// Waits a second for records in flight. Idempotent.
    public func close() { producer.close(flushSeconds: 1) }

    /// Appends records in order, and returns their offsets.
    ///
    /// Not atomic: after an error any of them may be in the topic.
    ///
    /// - Throws: the first failure.
    @discardableResult
    public func append(_ records: [TopicRecord]) throws(AppendError) -> [PartitionOffset] {
        try lastNumber.withLock { (last) throws(AppendError) in
            var offsets: [PartitionOffset] = []
            offsets.reserveCapacity(records.count)
            for start in stride(from: 0, to: records.count, by: Self.chunk) {
                let chunk = records[start..<min(start + Self.chunk, records.count)]
                let first = last + 1
                last += UInt(chunk.count)
                for (index, record) in chunk.enumerated() { try send(record, number: first + UInt(index)) }
                offsets += try awaitReports(first, chunk.count)
            }
            return offsets
        }
    }

    private func send(_ record: TopicRecord, number: UInt) throws(AppendError) {
        let headers = KafkaHeaderList(capacity: record.headers.count)
        for header in record.headers { header.add(to: headers) }
        let outcome = Self.withBytes(record.key) { key in
            Self.withBytes(record.value) { value in
                producer.produce(
                    topic,
                    KafkaRecord(
                        key: key, value: value, partition: record.partition,
                        headers: record.headers.isEmpty ? nil : headers.view, opaque: number))
            }
        }
        switch outcome {
        case .queued: return
        case .queueFull: throw refused(.queueFull, isStored: false)
        case .failed(let code): throw refused(code, isStored: false)
        }
    }

    /// The offsets of `count` records from number `first` on.
    private func awaitReports(_ first: UInt, _ count: Int) throws(AppendError) -> [PartitionOffset] {
        // The client reports each record within its delivery timeout.
        let deadline = MonotonicClock.seconds() + timeout + 1
        var offsets = [PartitionOffset?](repeating: nil, count: count)
        var missing = count
        while missing > 0 {
            guard let report = reports.pop(waitingAtMost: max(0, deadline - MonotonicClock.seconds())) else {
                throw refused(.messageTimedOut, isStored: true)
            }
            // Reports of an append that timed out.
            guard report.opaque >= first else { continue }
            guard !report.error.isError else { throw refused(report.error, isStored: !report.isSurelyAbsent) }
            offsets[Int(report.opaque - first)] = PartitionOffset(
                TopicPartition(topic.name, report.partition), report.offset)
            missing -= 1
        }
        return offsets.compactMap(\.self)
    }

    private func refused(_ code: KafkaErrorCode, isStored: Bool) -> AppendError {
        let error = code.error(attempting: "writing to \(topic.name)", on: producer.handle.servers)
        return [.messageTimedOut, .timedOut].contains(code)
            ? .timedOut(error, mayBeStored: isStored) : .refused(error, mayBeStored: isStored)
    }

    private static func withBytes<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        bytes.map { $0.withUnsafeBytes(body) } ?? body(nil)
    }
}

/// Why a record was not appended, or is not known to be.
public enum AppendError: Error, Sendable, Equatable {
    /// No acknowledgement arrived in time.
    case timedOut(EFDError, mayBeStored: Bool)
    /// The broker or the client rejected the record, or the client has a fatal error.
    case refused(EFDError, mayBeStored: Bool)

    /// The failure in words.
    public var error: EFDError {
        switch self {
        case .timedOut(let error, _), .refused(let error, _): error
        }
    }

    /// Whether the record may be in the topic nevertheless, or arrive there later.
    public var mayBeStored: Bool {
        switch self {
        case .timedOut(_, let mayBe), .refused(_, let mayBe): mayBe
        }
    }
}
