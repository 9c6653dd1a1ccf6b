import CRdKafka

/// The messages of the poll that runs, and which of them a rebalance made void meanwhile.
///
/// librdkafka before 2.1 may serve a revocation in the middle of filling a batch and still return what it had put in
/// before: those records belong to another member now. Later versions take them out themselves.
struct PollBuffer {
    typealias Slot = UnsafeMutablePointer<rd_kafka_message_t>?

    private(set) var slots = UnsafeMutablePointer<Slot>(bitPattern: MemoryLayout<Slot>.alignment).unsafelyUnwrapped
    private var capacity = 0
    private var voided: [(partition: TopicPartition, before: Int)] = []
    private static let mustSift = rd_kafka_version() < 0x0201_0000

    /// The slots become the batch's.
    mutating func begin(_ maxMessages: Int) {
        capacity = max(1, maxMessages)
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
        voided.removeAll(keepingCapacity: true)
    }

    /// The partitions go: what was gathered of them so far is void.
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
