extension KafkaConsumer {
    /// The number that a run's `source` will have for the partition, also before its first record.
    public func number(of partition: TopicPartition) -> Int { reader.sources.number(partition) }
}
