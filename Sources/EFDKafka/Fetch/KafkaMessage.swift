import CRdKafka

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
