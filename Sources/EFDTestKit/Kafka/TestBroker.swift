import EFDCore
import EFDKafka
import Glibc

/// The broker that tests talk to: a real Kafka where this machine has one, else librdkafka's mock cluster.
/// `EFD_TEST_BROKER=real|embedded` chooses.
///
/// One is shared by all tests of a process, so topics and groups need names of their own: see `uniqueName`.
public final class TestBroker: Sendable {
    private static let started: Result<TestBroker, EFDError> = start()

    /// Started on first use, stopped when the process ends, however it ends.
    public static func shared() throws(EFDError) -> TestBroker { try started.get() }

    private enum Engine: Sendable {
        case real(RealBroker)
        case embedded(MockCluster)
    }

    private let engine: Engine
    public let bootstrapServers: String

    private init(_ engine: Engine) {
        self.engine = engine
        switch engine {
        case .real(let broker): bootstrapServers = broker.bootstrapServers
        case .embedded(let cluster): bootstrapServers = cluster.bootstrapServers
        }
    }

    public var isReal: Bool { if case .real = engine { true } else { false } }

    public func createTopic(_ name: String, partitions: Int = 1, configuration: [String: String] = [:]) throws(EFDError)
    {
        switch engine {
        case .embedded(let cluster): try cluster.createTopic(name, partitions: partitions)
        case .real:
            let admin = try KafkaAdmin(try KafkaProperties(bootstrapServers: bootstrapServers))
            let created = try admin.createTopics([NewTopic(name, partitions: partitions, configuration: configuration)])
            if case .failed(let error) = created[0].result { throw error }
        }
    }

    /// Properties under which both kinds react within a test's patience; `properties` are added.
    public func properties(_ properties: String...) throws(EFDError) -> KafkaProperties {
        try Self.properties(bootstrapServers, properties)
    }

    public static func properties(_ bootstrapServers: String, _ properties: [String] = []) throws(EFDError)
        -> KafkaProperties
    {
        let quick = [
            "session.timeout.ms=6000", "heartbeat.interval.ms=500", "fetch.wait.max.ms=20",
            "topic.metadata.refresh.interval.ms=1000",
            "reconnect.backoff.max.ms=500",
        ]
        return try KafkaProperties(bootstrapServers: bootstrapServers, properties: quick + properties)
    }

    /// `prefix` and some letters that no other test or run has.
    public static func uniqueName(_ prefix: String) -> String {
        "\(prefix)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    }

    /// Whether the shared broker is, or would be, a real one: for tests that need what the mock has not.
    public static var isRealWanted: Bool { wish != "embedded" && RealBroker.isAvailable }

    private static var wish: String { getenv("EFD_TEST_BROKER").map { String(cString: $0) } ?? "" }

    private static func start() -> Result<TestBroker, EFDError> {
        do throws(EFDError) {
            switch wish {
            case "embedded": return .success(TestBroker(.embedded(try MockCluster())))
            case "real": return .success(TestBroker(.real(try RealBroker.forProcess())))
            case "":
                return .success(
                    TestBroker(
                        RealBroker.isAvailable ? .real(try RealBroker.forProcess()) : .embedded(try MockCluster())))
            default:
                throw EFDError(
                    "testkit.brokerUnknown", "EFD_TEST_BROKER=\(wish) is not a kind of broker",
                    remedy: "Use real or embedded")
            }
        } catch {
            return .failure(error)
        }
    }
}
