import CRdKafka

/// Consecutive messages of one partition within a batch.
public struct MessageRun: Sendable {
    /// A small number for the partition, and one for its topic, stable while the consumer lives: indices for arrays.
    public let source: Int
    public let topic: Int
    public let partition: Int32
    /// The indices of the run's messages in the batch.
    public let messages: Range<Int>
    public let firstOffset: Int64
    public let lastOffset: Int64
}

/// Received records, freed with this value. It may move to another thread.
public struct MessageBatch: ~Copyable, @unchecked Sendable {
    // Messages point into their clients, which `owner` retains.
    let slots: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private let owner: FetchHandles

    public let count: Int
    /// In the order of arrival; offsets increase within a partition.
    public let runs: [MessageRun]

    /// The first `count` elements are messages without error.
    init(
        slots: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, count: Int, runs: [MessageRun],
        owner: FetchHandles
    ) {
        self.slots = slots
        self.count = count
        self.runs = runs
        self.owner = owner
    }

    public var isEmpty: Bool { count == 0 }

    public subscript(index: Int) -> KafkaMessage {
        precondition(index >= 0 && index < count, "a batch of \(count) messages has no message \(index)")
        return KafkaMessage(slots[index].unsafelyUnwrapped)
    }

    deinit {
        for index in 0..<count { rd_kafka_message_destroy(slots[index]) }
        slots.deallocate()
    }
}

/// One record in librdkafka's memory: valid as long as its batch.
@frozen
public struct KafkaMessage {
    @usableFromInline let raw: UnsafeMutablePointer<rd_kafka_message_t>

    @inlinable init(_ raw: UnsafeMutablePointer<rd_kafka_message_t>) { self.raw = raw }

    @inlinable public var partition: Int32 { raw.pointee.partition }
    @inlinable public var offset: Int64 { raw.pointee.offset }

    /// nil is Kafka's null, which is not an empty key.
    @inlinable public var key: UnsafeRawBufferPointer? {
        guard let key = raw.pointee.key else { return nil }
        return UnsafeRawBufferPointer(start: key, count: raw.pointee.key_len)
    }

    /// nil is a tombstone.
    @inlinable public var value: UnsafeRawBufferPointer? {
        guard let payload = raw.pointee.payload else { return nil }
        return UnsafeRawBufferPointer(start: payload, count: raw.pointee.len)
    }

    /// Milliseconds since 1970, UTC; nil in topics of the oldest message format.
    public var timestamp: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(raw, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : milliseconds
    }

    /// True if the broker set the timestamp when it appended the record (`message.timestamp.type=LogAppendTime`).
    public var isTimestampOfAppend: Bool {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        _ = rd_kafka_message_timestamp(raw, &type)
        return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
    }

    /// nil if the record has none; parsed on first use.
    public var headers: KafkaHeaders? {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(raw, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return nil }
        return KafkaHeaders(raw: headers)
    }

    /// Creates a string: not for hot paths, where `MessageRun.topic` identifies topics.
    public var topic: String { String(cString: rd_kafka_topic_name(raw.pointee.rkt)) }

    /// The producer's opaque value of an undelivered record.
    public var opaque: UInt { UInt(bitPattern: raw.pointee._private) }
}

/// The messages of the current poll, and which of them a rebalance discarded meanwhile.
///
/// librdkafka before 2.1 may serve a revocation while it fills a batch and still return the messages that it had added
/// before: those records belong to another member now. Later versions remove them.
struct PollBuffer {
    typealias Slot = UnsafeMutablePointer<rd_kafka_message_t>?

    private(set) var slots = UnsafeMutablePointer<Slot>(bitPattern: MemoryLayout<Slot>.alignment).unsafelyUnwrapped
    private var capacity = 0
    private var voided: [(partition: TopicPartition, before: Int)] = []
    private static let mustSift = rd_kafka_version() < 0x0201_0000

    /// Moves the messages to the batch.
    mutating func begin(_ maxMessages: Int) {
        capacity = max(1, maxMessages)
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
        voided.removeAll(keepingCapacity: true)
    }

    /// The partitions are revoked: discards their messages so far.
    mutating func void(_ partitions: [TopicPartition]) {
        guard Self.mustSift, capacity > 0 else { return }
        var gathered = 0
        while gathered < capacity && slots[gathered] != nil { gathered += 1 }
        if gathered > 0 { for partition in partitions { voided.append((partition, gathered)) } }
    }

    mutating func end() { capacity = 0 }

    var hasVoid: Bool { !voided.isEmpty }

    func isVoid(_ index: Int, _ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
        guard message.pointee.rkt != nil else { return false }
        let partition = TopicPartition(
            String(cString: rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
        return voided.contains { $0.before > index && $0.partition == partition }
    }
}
