import CRdKafka
import CRdKafkaShim
import EFDCore

/// librdkafka's mock cluster in this process: real loopback sockets, faults on demand. docs/kafka.md has its limits.
///
/// It aborts the process if members of a group list different assignment strategies.
public final class MockCluster: @unchecked Sendable {
    // The mock cluster serializes calls with its own thread.
    private let client: OpaquePointer
    private let cluster: OpaquePointer

    /// The address of each broker; the kernel chooses the ports.
    public let bootstrapServers: String
    public let brokers: Int

    public init(brokers: Int = 1) throws(EFDError) {
        var words = [CChar](repeating: 0, count: 512)
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(configuration, nil)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &words, words.count),
            let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else { throw EFDError(.kafkaMockFailed, "the mock cluster of \(brokers) brokers did not start") }
        self.client = client
        self.cluster = cluster
        self.brokers = brokers
        bootstrapServers = String(cString: servers)
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    /// A topic that nobody created gets four partitions when it is first requested.
    public func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(EFDError) {
        try check(
            rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), Int32(clamping: replication)),
            "creating topic \(name)")
    }

    /// Kinds of requests that can fail on demand, with Kafka's numbers.
    public enum Request: Int16, Sendable, CaseIterable {
        case produce = 0
        case fetch, listOffsets, metadata
        case offsetCommit = 8
        case offsetFetch, findCoordinator, joinGroup, heartbeat, leaveGroup, syncGroup
        case apiVersion = 18
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction, endTransaction
        case transactionOffsetCommit = 28
    }

    /// The next `count` requests of a kind fail with Kafka's `code`; librdkafka's -195 closes the connection.
    public func fail(_ request: Request, code: Int32, count: Int) {
        rdkafka_mock_push_error(cluster, request.rawValue, rd_kafka_resp_err_t(rawValue: code), count)
    }

    public func clearFailures(of request: Request) { rd_kafka_mock_clear_request_errors(cluster, request.rawValue) }

    /// A topic answers with Kafka's `code` from now on; 0 ends that.
    public func setTopic(_ name: String, code: Int32) {
        rd_kafka_mock_topic_set_error(cluster, name, rd_kafka_resp_err_t(rawValue: code))
    }

    public func setBroker(_ id: Int32 = 1, up: Bool) throws(EFDError) {
        try check(
            up ? rd_kafka_mock_broker_set_up(cluster, id) : rd_kafka_mock_broker_set_down(cluster, id), "broker \(id)")
    }

    public func setRoundTrip(broker id: Int32 = 1, milliseconds: Int) throws(EFDError) {
        try check(rd_kafka_mock_broker_set_rtt(cluster, id, Int32(clamping: milliseconds)), "broker \(id)")
    }

    public func setLeader(_ partition: TopicPartition, broker id: Int32) throws(EFDError) {
        try check(
            rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, id),
            "leader of \(partition)")
    }

    /// `isGroup`: whether `key` is a consumer group or a transactional id.
    public func setCoordinator(of key: String, isGroup: Bool, broker id: Int32) throws(EFDError) {
        try check(
            rd_kafka_mock_coordinator_set(cluster, isGroup ? "group" : "transaction", key, id), "coordinator of \(key)")
    }

    private func check(_ code: rd_kafka_resp_err_t, _ attempt: String) throws(EFDError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw EFDError(.kafkaMockFailed, "embedded broker: \(attempt): \(KafkaErrorCode(code))")
        }
    }
}
