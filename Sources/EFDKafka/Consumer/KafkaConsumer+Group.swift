import CRdKafka
import EFDCore

/// A consumer's membership in its group: with it the broker rejects offsets of a member that has lost its partitions.
///
/// It is valid for one generation of the group: read it again for each transaction.
public final class ConsumerGroupMetadata: @unchecked Sendable {
    // Not changed after it was made.
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { rd_kafka_consumer_group_metadata_destroy(raw) }
}

extension KafkaConsumer {
    /// The current membership, for `TransactionalProducer.sendOffsets`.
    public var groupMetadata: ConsumerGroupMetadata? {
        rd_kafka_consumer_group_metadata(handle.raw).map(ConsumerGroupMetadata.init)
    }
}
