import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry
import EFDRegistryServer
import Glibc

/// The schema registry that tests talk to: `efd registry`'s over the test broker, or Apicurio, one of other hands.
/// `EFD_TEST_REGISTRY=efd|apicurio` chooses.
///
/// One is shared by all tests of a process, so subjects need names of their own: see `TestBroker.uniqueName`.
public final class TestRegistry: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case efd, apicurio

        /// Whether this machine can start it.
        public var isAvailable: Bool { self == .efd || ApicurioProcess.isAvailable }
    }

    public let kind: Kind
    /// With the path of its Confluent interface.
    public let url: String
    private let server: RegistryServer?
    private let process: ApicurioProcess?

    /// The kind that `EFD_TEST_REGISTRY` names, `efd` without it. Started on first use, ends with the process.
    public static func shared() throws(EFDError) -> TestRegistry {
        let wish = getenv("EFD_TEST_REGISTRY").map { String(cString: $0) } ?? "efd"
        guard let kind = Kind(rawValue: wish) else {
            throw EFDError(
                "testkit.registryUnknown", "EFD_TEST_REGISTRY=\(wish) is not a kind of registry",
                remedy: "Use efd or apicurio")
        }
        return try shared(kind)
    }

    public static func shared(_ kind: Kind) throws(EFDError) -> TestRegistry {
        switch kind {
        case .efd: try efd.get()
        case .apicurio: try apicurio.get()
        }
    }

    private static let efd = Result { () throws(EFDError) in try TestRegistry() }
    private static let apicurio = Result { () throws(EFDError) in try TestRegistry(ApicurioProcess()) }

    /// One of `efd registry`'s of a test's own. Given a broker and a topic used before, it knows what was registered
    /// there.
    public init(
        bootstrapServers: String? = nil, topic: String? = nil, port: UInt16 = 0,
        change: (inout RegistryServerOptions) -> Void = { _ in }
    ) throws(EFDError) {
        kind = .efd
        let servers: String
        if let bootstrapServers {
            servers = bootstrapServers
        } else {
            servers = try TestBroker.shared().bootstrapServers
        }
        var options = RegistryServerOptions(
            http: HTTPServerOptions(HostPort(host: "127.0.0.1", port: port)), kafka: try TestBroker.properties(servers))
        options.topic = topic ?? TestBroker.uniqueName("_schemas")
        change(&options)
        let server = try RegistryServer(options)
        guard server.waitUntilReady(seconds: 60) else {
            let reasons = server.health.conditions.map(\.message).joined(separator: "; ")
            server.stop()
            throw EFDError(
                "testkit.registryFailed", "the registry did not read \(options.topic) within 60 s: \(reasons)")
        }
        self.server = server
        process = nil
        url = server.url
    }

    private init(_ apicurio: ApicurioProcess) {
        kind = .apicurio
        url = apicurio.url
        process = apicurio
        server = nil
    }

    public func client() throws(EFDError) -> RegistryClient { RegistryClient(try RegistryOptions([url])) }

    /// Idempotent.
    public func stop() {
        server?.stop()
        process?.stop()
    }
}
