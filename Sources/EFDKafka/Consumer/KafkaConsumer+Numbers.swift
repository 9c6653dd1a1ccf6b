extension KafkaConsumer {
    /// The number of the partition in a run's `source`, also before its first record.
    public func number(of partition: TopicPartition) -> Int { reader.sources.number(partition) }
}
