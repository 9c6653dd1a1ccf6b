import CRdKafka

/// The outcome of one queued record.
///
/// A record counts as stored if the broker returned its offset. librdkafka also reports success for an earlier batch of
/// a partition if a later one succeeds, which is wrong if the broker does not know the producer yet and accepts any
/// sequence number: in a new topic, or when the leader moves, the first batch may be rejected, to be sent again, and
/// the second stored. Those records come back without an offset. They are reported as not delivered, and may be sent
/// again.
public struct DeliveryReport: Sendable {
    /// The caller's opaque value of the record.
    public let opaque: UInt
    /// Its offset, negative if it was not delivered.
    public let offset: Int64
    public let partition: Int32
    public let error: KafkaErrorCode
    /// False if the broker may have stored the record without an acknowledgement.
    public let isSurelyAbsent: Bool

    /// librdkafka's delivery callback: fills the buffer of the current poll, and passes it on when it is full.
    static let collect:
        @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
            _, message, opaque in
            guard let context = CallbackContext.at(opaque), let message else { return }
            let isUnconfirmed =
                message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR && message.pointee.offset < 0
                && context.pointee.wantsOffsets
            let error = isUnconfirmed ? .unconfirmed : KafkaErrorCode(message.pointee.err)
            if error.isError, let undelivered = context.pointee.undelivered {
                undelivered(KafkaMessage(UnsafeMutablePointer(mutating: message)), error)
            }
            context.pointee.reports[context.pointee.reportCount] = DeliveryReport(
                opaque: UInt(bitPattern: message.pointee._private), offset: error.isError ? -1 : message.pointee.offset,
                partition: message.pointee.partition,
                error: error,
                isSurelyAbsent: error.isError && rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
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
