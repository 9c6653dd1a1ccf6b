import CRdKafka
import CRdKafkaShim
import EFDCore

/// librdkafka's mock cluster in this process: real sockets on the loopback, faults on demand.
///
/// It has no admin requests, no transactions and 5 MiB a partition. All members of a group must use the same assignment strategies, or it aborts the process.
public final class MockCluster: @unchecked Sendable {
    // The mock serializes calls with its own thread.
    private let client: OpaquePointer
    private let cluster: OpaquePointer

    public let bootstrapServers: String

    public init(brokers: Int = 1) throws(EFDError) {
        var words = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), &words, words.count),
            let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)), let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else { throw EFDError("testkit.mockFailed", "the mock cluster did not start") }
        self.client = client
        self.cluster = cluster
        bootstrapServers = String(cString: servers)
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    public func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(EFDError) {
        let code = rd_kafka_mock_topic_create(cluster, name, Int32(partitions), Int32(replication))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw EFDError("testkit.mockFailed", "topic \(name): \(String(cString: rd_kafka_err2str(code)))") }
    }

    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case offsetCommit = 8
        case heartbeat = 12
    }

    /// The next `count` requests of a kind fail with Kafka's `code`; librdkafka's -195 breaks the connection.
    public func fail(_ request: Request, code: Int32, count: Int) {
        rdkafka_mock_push_error(cluster, request.rawValue, rd_kafka_resp_err_t(rawValue: code), count)
    }

    public func setBroker(_ id: Int32 = 1, up: Bool) {
        if up { rd_kafka_mock_broker_set_up(cluster, id) } else { rd_kafka_mock_broker_set_down(cluster, id) }
    }

    public func setRoundTrip(broker id: Int32 = 1, milliseconds: Int) { rd_kafka_mock_broker_set_rtt(cluster, id, Int32(milliseconds)) }
}
