import CRdKafka
import CRdKafkaShim
import EFDCore

/// The handles that fetch for one consumer: the group's member and, with many partitions, a quiet and a busy one. All
/// their records arrive in one queue. Batches of records retain this.
///
/// The handles beside the member need no group: assigned offsets are explicit, or the group's committed ones.
final class FetchHandles: @unchecked Sendable {  // changed by the consumer's thread only
    let member: ClientHandle
    /// The member's consumer queue, to which the other handles' queues are forwarded. One wait covers all of them, and
    /// each handle compares its bytes with `queued.max.messages.kbytes` before it fetches more.
    let queue: OpaquePointer
    private let properties: KafkaProperties
    private let group: String
    /// The other handles have no partitions left.
    private(set) var isDetached = false
    private var others: [FetchPlace: (client: ClientHandle, queue: OpaquePointer)] = [:]

    /// The member's offset in partitions that another handle fetches. No log reaches it, and it is paused there: the
    /// member only keeps the assignment, for which offsets are stored and committed.
    static let parked = Int64(1) << 62

    /// Interval between metadata refreshes of handles that need no new topics. The error of a fetch reveals a moved
    /// leader.
    private static let metadataMilliseconds = 300_000

    init(_ member: ClientHandle, _ properties: KafkaProperties, group: String) {
        (self.member, self.properties, self.group) = (member, properties, group)
        rd_kafka_poll_set_consumer(member.raw)
        queue = rd_kafka_queue_get_consumer(member.raw)
    }

    deinit {
        detach()
        for other in others.values { rd_kafka_queue_destroy(other.queue) }
        others = [:]
        rd_kafka_queue_destroy(queue)
    }

    /// The client at that place, created on first use.
    ///
    /// - Throws: `kafka.clientRefused`.
    func client(_ place: FetchPlace) throws(EFDError) -> ClientHandle {
        if place == .member { return member }
        if let other = others[place] { return other.client }
        let wait = properties["fetch.wait.max.ms"].flatMap { Int($0) } ?? ClientRole.fetchWait
        let minimum = properties["fetch.min.bytes"].flatMap { Int($0) } ?? 1
        let fixed = [
            ("group.id", group), ("enable.auto.commit", "false"), ("statistics.interval.ms", "0"),
            ("topic.metadata.refresh.interval.ms", "\(Self.metadataMilliseconds)"),
        ]
        let client = try ClientHandle(
            .fetcher, properties, fixed: fixed + place.fetching(wait: wait, minimum: minimum),
            observer: member.observer, topicMark: place.rawValue)
        guard let own = rd_kafka_queue_get_consumer(client.raw) else {
            throw EFDError(.kafkaClientRefused, "out of memory for a Kafka client")
        }
        rd_kafka_queue_forward(own, queue)
        others[place] = (client, own)
        return client
    }

    /// The place of the handle of a record or error.
    static func place(of topic: OpaquePointer) -> FetchPlace? {
        FetchPlace(rawValue: Int(bitPattern: rd_kafka_topic_opaque(topic)))
    }

    /// Runs callbacks of the other handles: their errors and throttling. Records arrive in the queue.
    func serve() { for other in others.values { rd_kafka_poll(other.client.raw, 0) } }

    /// Makes handles check a fetch queue that was full.
    func wake() {
        rdkafka_wake_brokers(member.raw)
        for other in others.values { rdkafka_wake_brokers(other.client.raw) }
    }

    /// Nothing further arrives from the other handles. A handle ends only when all its messages are freed, so those in
    /// the queue are freed.
    func detach() {
        isDetached = true
        guard !others.isEmpty else { return }
        for other in others.values {
            rd_kafka_assign(other.client.raw, nil)
            rd_kafka_queue_forward(other.queue, nil)
        }
        var message: UnsafeMutablePointer<rd_kafka_message_t>?
        while rd_kafka_consume_batch_queue(queue, 0, &message, 1) == 1 { rd_kafka_message_destroy(message) }
    }
}
