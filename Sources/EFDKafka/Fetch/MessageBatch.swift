import CRdKafka

/// Consecutive messages of one partition within a batch.
public struct MessageRun: Sendable {
    /// A small number for the partition, and one for its topic, stable while the consumer lives: indices for arrays.
    public let source: Int
    public let topic: Int
    public let partition: Int32
    /// The indices of the run's messages in the batch.
    public let messages: Range<Int>
    public let firstOffset: Int64
    public let lastOffset: Int64
}

/// Received records, freed with this value. It may move to another thread.
public struct MessageBatch: ~Copyable, @unchecked Sendable {
    // Messages point into their clients, which `owner` retains.
    let slots: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private let owner: FetchHandles

    public let count: Int
    /// In the order of arrival; offsets increase within a partition.
    public let runs: [MessageRun]

    /// The first `count` elements are messages without error.
    init(
        slots: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, count: Int, runs: [MessageRun],
        owner: FetchHandles
    ) {
        self.slots = slots
        self.count = count
        self.runs = runs
        self.owner = owner
    }

    public var isEmpty: Bool { count == 0 }

    public subscript(index: Int) -> KafkaMessage {
        precondition(index >= 0 && index < count, "a batch of \(count) messages has no message \(index)")
        return KafkaMessage(slots[index].unsafelyUnwrapped)
    }

    deinit {
        for index in 0..<count { rd_kafka_message_destroy(slots[index]) }
        slots.deallocate()
    }
}
