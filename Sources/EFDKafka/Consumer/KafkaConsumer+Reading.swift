import EFDCore

/// Where reading resumes in assigned partitions, and its progress.
extension KafkaConsumer {
    /// Stops delivery of these partitions; `poll` continues to serve the group.
    public func pause(_ partitions: [TopicPartition]) throws(EFDError) { try reader.pause(partitions) }

    /// Delivery resumes after the last record that was polled.
    public func resume(_ partitions: [TopicPartition]) throws(EFDError) { try reader.resume(partitions) }

    /// Seeks to these offsets. Returns the first failure, none at all with a wait of 0, which only starts it.
    public func seek(_ offsets: [PartitionOffset], waitMilliseconds: Int = 10_000) -> EFDError? {
        do throws(EFDError) {
            try reader.seek(offsets, waitMilliseconds: waitMilliseconds)
            return nil
        } catch {
            return error
        }
    }

    /// The offset after the last polled record, `PartitionOffset.none` if there is none.
    public func positions(_ partitions: [TopicPartition]) -> [PartitionOffset] { reader.positions(partitions) }

    /// Records not yet polled per assigned partition, as of the last fetches: no request is made. Partitions
    /// without a poll are omitted.
    ///
    /// Of thousands of partitions, those without records since the last call are checked in turn.
    public func lags() -> [(partition: TopicPartition, records: Int64)] { reader.lags() }

    /// The offset after a partition's newest record, as of the last fetch: no request is made. nil: nothing
    /// was fetched of it.
    public func knownEnd(of partition: TopicPartition) -> Int64? { reader.knownEnd(of: partition) }
}
