import CRdKafka

extension KafkaMessage {
    /// Whether `efd dlq replay` sent this record to another consumer group than `group`.
    ///
    /// Runs for each record of a sink: one call without an allocation if the record has no headers.
    public func isReplay(forOtherThan group: [UInt8]) -> Bool {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(raw, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return false }
        var value: UnsafeRawPointer?
        var size = 0
        guard
            rd_kafka_header_get_last(headers, DeadLetterHeaders.replayGroup, &value, &size)
                == RD_KAFKA_RESP_ERR_NO_ERROR, let value
        else { return false }
        return !UnsafeRawBufferPointer(start: value, count: size).elementsEqual(group)
    }
}
