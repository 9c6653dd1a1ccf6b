import CRdKafka
import CRdKafkaShim
import EFDCore

/// Forwards records as they were received, byte for byte, in transactions if the cluster supports them.
///
/// Not thread-safe, but it may move between threads. After an error it is unusable: a new one with the same
/// transactional id aborts its open transaction, and fences it.
public final class RelayProducer {
    // The client is freed first: its end may still report to the routes.
    let handle: ClientHandle
    private var topics: [String: OpaquePointer] = [:]
    private var routes: [RelayRoute] = []
    private let transactions: Transactions?

    /// - Parameter transactionalID: nil: idempotent, without transactions.
    /// - Throws: `kafka.propertyInvalid`, `kafka.clientRefused`. An unreachable broker is not an error here.
    public init(_ properties: KafkaProperties, transactionalID: String?, hooks: KafkaHooks = KafkaHooks())
        throws(EFDError)
    {
        let fixed = transactionalID.map { [("transactional.id", $0)] } ?? [("delivery.timeout.ms", "0")]
        handle = try ClientHandle(.relay, properties, fixed: fixed, hooks: hooks)
        transactions = transactionalID == nil ? nil : Transactions(handle: handle)
    }

    deinit {
        rd_kafka_purge(
            handle.raw, Int32(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING))
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
    }

    /// Aborts the open transaction of a predecessor with the same transactional id, and fences it. Waits for the
    /// coordinator.
    ///
    /// - Throws: `kafka.unsupported` if the cluster has no transactions.
    public func open(seconds: Double) throws(EFDError) {
        do throws(TransactionError) { try transactions?.initialize(seconds: seconds) } catch { throw error.error }
    }

    /// The route of one source partition's records; valid as long as the producer.
    ///
    /// - Parameter compression: `none`, `gzip`, `snappy`, `lz4`, `zstd`; applied with the first record to a topic.
    public func route(
        to topic: String, _ partition: Int32, compression: String? = nil, provenance: RelayRoute.Provenance? = nil
    ) -> RelayRoute {
        let route = RelayRoute(to: topic, partition, compression: compression, provenance: provenance)
        routes.append(route)
        return route
    }

    public func begin() throws(EFDError) {
        do throws(TransactionError) { try transactions?.begin() } catch { throw error.error }
    }

    /// The outcome of a call to `forward`.
    public enum End: Sendable, Equatable {
        case all
        /// The bound on data in flight is reached: `poll`, and continue.
        case full
        /// The next record's key has a schema id that the route does not know.
        case newKeyID(Int32)
        case newValueID(Int32)
        /// The client has a fatal error, or can never send the next record.
        case refused(EFDError)
    }

    /// Queues copies of messages of one partition, in order, without blocking. `taken` of them are finished: provenance
    /// excluded `skipped` of these.
    public func forward(_ batch: borrowing MessageBatch, _ messages: Range<Int>, _ route: RelayRoute) -> (
        taken: Int, skipped: Int, bytes: Int, end: End
    ) {
        var taken = 0
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        (route.raw.pointee.skipped, route.raw.pointee.bytes) = (0, 0)
        do throws(EFDError) { try open(route) } catch { return (0, 0, 0, .refused(error)) }
        let outcome = rdkafka_forward(
            handle.raw, route.raw, batch.slots + messages.lowerBound, messages.count, &taken, &code)
        let end: End =
            switch outcome {
            case RDKAFKA_FORWARDED: .all
            case RDKAFKA_FULL: .full
            case RDKAFKA_NEW_KEY_ID: .newKeyID(Self.schemaID(batch[messages.lowerBound + taken].key))
            case RDKAFKA_NEW_VALUE_ID: .newValueID(Self.schemaID(batch[messages.lowerBound + taken].value))
            default:
                .refused(
                    KafkaErrorCode(code).error(
                        attempting: "sending on \(batch[messages.lowerBound + taken].topic)", on: handle.servers))
            }
        return (taken, route.raw.pointee.skipped, route.raw.pointee.bytes, end)
    }

    /// Queues a record of the caller, blocking while the queue is full.
    public func produce(_ route: RelayRoute, key: String, value: String) throws(EFDError) {
        try open(route)
        var (key, value) = (key, value)
        while true {
            let code = key.withUTF8 { key in
                value.withUTF8 { value in
                    rdkafka_produce_record(
                        handle.raw, route.raw.pointee.topic, route.raw.pointee.partition, key.baseAddress, key.count,
                        value.baseAddress, value.count, 0, nil,
                        route.raw.pointee.track)
                }
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw KafkaErrorCode(code).error(attempting: "writing progress", on: handle.servers)
            }
            poll(milliseconds: 10)
        }
        route.raw.pointee.track.pointee.queued += 1
    }

    /// Serves acknowledgements, waiting at most so long for the first.
    public func poll(milliseconds: Int = 0) { rd_kafka_poll(handle.raw, Int32(clamping: milliseconds)) }

    /// Waits until all queued records are acknowledged or have failed; false if that takes longer.
    public func flush(seconds: Double) -> Bool {
        rd_kafka_flush(handle.raw, Int32(clamping: Int(seconds * 1000))) == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Makes the sent records visible to readers, all or none. Without transactions it waits for the acknowledgements.
    ///
    /// If it throws, the outcome is unknown: only the progress stored at the cluster shows it.
    public func commit(seconds: Double) throws(EFDError) {
        guard let transactions else {
            if flush(seconds: seconds) { return }
            throw KafkaErrorCode.timedOut.error(attempting: "waiting for acknowledgements", on: handle.servers)
        }
        do throws(TransactionError) { try transactions.commit(seconds: seconds) } catch { throw error.error }
    }

    /// Whenever it wakes, librdkafka looks at all topics of a producer: only those with records have a handle.
    private func open(_ route: RelayRoute) throws(EFDError) {
        if route.raw.pointee.topic == nil {
            route.raw.pointee.topic = try handle(of: route.topic, route.compression)
        }
    }

    private func handle(of topic: String, _ compression: String?) throws(EFDError) -> OpaquePointer {
        if let known = topics[topic] { return known }
        var configuration: OpaquePointer?
        if let compression {
            configuration = rd_kafka_default_topic_conf_dup(handle.raw)
            var words = [CChar](repeating: 0, count: 256)
            rd_kafka_topic_conf_set(configuration, "compression.codec", compression, &words, words.count)
        }
        guard let made = rd_kafka_topic_new(handle.raw, topic, configuration) else {
            throw KafkaErrorCode(rd_kafka_last_error()).error(attempting: "using topic \(topic)", on: handle.servers)
        }
        topics[topic] = made
        return made
    }

    private static func schemaID(_ bytes: UnsafeRawBufferPointer?) -> Int32 {
        bytes.map { Int32(bigEndian: $0.loadUnaligned(fromByteOffset: 1, as: Int32.self)) } ?? -1
    }
}
