import CRdKafka

/// A topic handle of a producer: valid as long as the producer.
public struct KafkaTopicHandle: @unchecked Sendable, Hashable {
    // librdkafka's handle, which any thread may use.
    let raw: OpaquePointer

    public var name: String { String(cString: rd_kafka_topic_name(raw)) }
}

/// A record to send. Key and value are copied when it is queued.
public struct KafkaRecord {
    public var key: UnsafeRawBufferPointer?
    public var value: UnsafeRawBufferPointer?
    /// Milliseconds since 1970, UTC; 0 for now.
    public var timestamp: Int64
    /// `KafkaRecord.anyPartition` lets the partitioner choose: by the key as Java's does, at random without one.
    public var partition: Int32
    public var headers: KafkaHeaders?
    /// Returned in the delivery report.
    public var opaque: UInt

    public static let anyPartition = Int32(RD_KAFKA_PARTITION_UA)

    public init(
        key: UnsafeRawBufferPointer? = nil, value: UnsafeRawBufferPointer?, timestamp: Int64 = 0,
        partition: Int32 = KafkaRecord.anyPartition,
        headers: KafkaHeaders? = nil, opaque: UInt = 0
    ) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.partition = partition
        self.headers = headers
        self.opaque = opaque
    }
}

/// Whether the client accepted a record. Only a delivery report confirms its storage.
public enum ProduceOutcome: Equatable, Sendable {
    case queued
    /// The bound on records or bytes in flight is reached: wait for deliveries and retry.
    case queueFull
    /// The record can never be sent, or the client has a fatal error.
    case failed(KafkaErrorCode)
}
