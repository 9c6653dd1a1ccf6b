import CRdKafka
import CRdKafkaShim
import EFDCore

/// The handles that fetch for one consumer: the group's member and, once many partitions are assigned, a busy one. All
/// their records arrive in one queue. Batches of records retain this.
///
/// The busy handle needs no group: a partition moves to it with an explicit offset.
final class FetchHandles: @unchecked Sendable {  // changed by the consumer's thread only
    let member: ClientHandle
    /// The member's consumer queue, to which the busy handle's queue is forwarded. One wait covers both, and each
    /// handle compares the bytes in it with `queued.max.messages.kbytes` before it fetches more.
    let queue: OpaquePointer
    private let properties: KafkaProperties
    private let group: String
    /// Milliseconds until an empty answer with few partitions.
    private let fetchWait: Int
    /// The busy handle has no partitions left.
    private(set) var isDetached = false
    private var isMany = false
    private var busy: (client: ClientHandle, queue: OpaquePointer)?

    /// Interval between metadata refreshes of a handle that needs no new topics. The error of a fetch reveals a moved
    /// leader.
    private static let metadataMilliseconds = 300_000

    init(_ member: ClientHandle, _ properties: KafkaProperties, group: String) {
        (self.member, self.properties, self.group) = (member, properties, group)
        fetchWait = properties["fetch.wait.max.ms"].flatMap { Int($0) } ?? ClientRole.fetchWait
        rd_kafka_poll_set_consumer(member.raw)
        queue = rd_kafka_queue_get_consumer(member.raw)
    }

    deinit {
        detach()
        if let busy { rd_kafka_queue_destroy(busy.queue) }
        busy = nil
        rd_kafka_queue_destroy(queue)
    }

    /// The client at that place, created on first use.
    ///
    /// - Throws: `kafka.clientRefused`.
    func client(_ place: FetchPlace) throws(EFDError) -> ClientHandle {
        if place == .member { return member }
        if let busy { return busy.client }
        let minimum = properties["fetch.min.bytes"].flatMap { Int($0) } ?? 1
        let fixed = [
            ("group.id", group), ("enable.auto.commit", "false"), ("statistics.interval.ms", "0"),
            ("topic.metadata.refresh.interval.ms", "\(Self.metadataMilliseconds)"),
        ]
        let client = try ClientHandle(
            .fetcher, properties, fixed: fixed + FetchPlace.busyFetching(wait: fetchWait, minimum: minimum),
            observer: member.observer, topicMark: place.rawValue)
        guard let own = rd_kafka_queue_get_consumer(client.raw) else {
            throw EFDError(.kafkaClientRefused, "out of memory for a Kafka client")
        }
        rd_kafka_queue_forward(own, queue)
        busy = (client, own)
        return client
    }

    /// With many partitions, empty answers to the member may take longer: records end the wait anyway.
    func setMany(_ isMany: Bool) {
        guard isMany != self.isMany else { return }
        self.isMany = isMany
        _ = rdkafka_set_fetch_wait(member.raw, Int32(isMany ? max(fetchWait, FetchPlace.quietWait) : fetchWait))
    }

    /// The place of the handle of a record or error.
    static func place(of topic: OpaquePointer) -> FetchPlace? {
        FetchPlace(rawValue: Int(bitPattern: rd_kafka_topic_opaque(topic)))
    }

    /// Runs callbacks of the busy handle: its errors and throttling. Records arrive in the queue.
    func serve() { if let busy { rd_kafka_poll(busy.client.raw, 0) } }

    /// Makes handles check a fetch queue that was full.
    func wake() {
        rdkafka_wake_brokers(member.raw)
        if let busy { rdkafka_wake_brokers(busy.client.raw) }
    }

    /// Nothing further arrives from the busy handle. It ends only when all its messages are freed, so those in the
    /// queue are freed.
    func detach() {
        isDetached = true
        guard let busy else { return }
        rd_kafka_assign(busy.client.raw, nil)
        rd_kafka_queue_forward(busy.queue, nil)
        var message: UnsafeMutablePointer<rd_kafka_message_t>?
        while rd_kafka_consume_batch_queue(queue, 0, &message, 1) == 1 { rd_kafka_message_destroy(message) }
    }
}
