import CRdKafka

/// The messages of the current poll, and which of them a rebalance discarded meanwhile.
///
/// librdkafka before 2.1 may serve a revocation while it fills a batch and still return the messages that it had added
/// before: those records belong to another member now. Later versions remove them.
struct PollBuffer {
    typealias Slot = UnsafeMutablePointer<rd_kafka_message_t>?

    private(set) var slots = UnsafeMutablePointer<Slot>(bitPattern: MemoryLayout<Slot>.alignment).unsafelyUnwrapped
    private var capacity = 0
    private var voided: [(partition: TopicPartition, before: Int)] = []
    private static let mustSift = rd_kafka_version() < 0x0201_0000

    /// Moves the messages to the batch.
    mutating func begin(_ maxMessages: Int) {
        capacity = max(1, maxMessages)
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
        voided.removeAll(keepingCapacity: true)
    }

    /// The partitions are revoked: discards their messages so far.
    mutating func void(_ partitions: [TopicPartition]) {
        guard Self.mustSift, capacity > 0 else { return }
        var gathered = 0
        while gathered < capacity && slots[gathered] != nil { gathered += 1 }
        if gathered > 0 { for partition in partitions { voided.append((partition, gathered)) } }
    }

    mutating func end() { capacity = 0 }

    var hasVoid: Bool { !voided.isEmpty }

    func isVoid(_ index: Int, _ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
        guard message.pointee.rkt != nil else { return false }
        let partition = TopicPartition(
            String(cString: rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
        return voided.contains { $0.before > index && $0.partition == partition }
    }
}
