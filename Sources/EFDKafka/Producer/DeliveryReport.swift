import CRdKafka

/// What became of one record that was queued.
public struct DeliveryReport: Sendable {
    /// What the caller gave with the record.
    public let opaque: UInt
    /// The offset it got, negative when it was not delivered.
    public let offset: Int64
    public let partition: Int32
    public let error: KafkaErrorCode
    /// False when the broker may have stored the record although no acknowledgement came.
    public let isSurelyAbsent: Bool

    /// librdkafka's delivery callback: fills the buffer of the poll that runs, and hands it on when it is full.
    static let collect: @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = { _, message, opaque in
        guard let context = CallbackContext.at(opaque), let message else { return }
        let failed = message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR
        if failed, let undelivered = context.pointee.undelivered {
            undelivered(KafkaMessage(UnsafeMutablePointer(mutating: message)), KafkaErrorCode(message.pointee.err))
        }
        context.pointee.reports[context.pointee.reportCount] = DeliveryReport(
            opaque: UInt(bitPattern: message.pointee._private), offset: failed ? -1 : message.pointee.offset, partition: message.pointee.partition,
            error: KafkaErrorCode(message.pointee.err),
            isSurelyAbsent: failed && rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        context.pointee.reportCount += 1
        if context.pointee.reportCount == context.pointee.reports.count { flush(context) }
    }

    static func flush(_ context: UnsafeMutablePointer<CallbackContext>) {
        let count = context.pointee.reportCount
        guard count > 0 else { return }
        context.pointee.reportCount = 0
        context.pointee.deliver?(UnsafeBufferPointer(rebasing: context.pointee.reports[..<count]))
    }
}
