import CRdKafka
import EFDCore

/// A consumer's membership in its group: with it the broker refuses offsets of a member that has lost its partitions.
///
/// It stands for one generation of the group: take it again for each transaction.
public final class ConsumerGroupMetadata: @unchecked Sendable {
    // Not changed after it was made.
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { rd_kafka_consumer_group_metadata_destroy(raw) }
}

extension KafkaConsumer {
    /// The membership as it is now, for `TransactionalProducer.sendOffsets`.
    public var groupMetadata: ConsumerGroupMetadata? {
        rd_kafka_consumer_group_metadata(handle.raw).map(ConsumerGroupMetadata.init)
    }
}
