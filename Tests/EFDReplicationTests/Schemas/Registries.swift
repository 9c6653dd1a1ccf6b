import EFDCore
import EFDRegistry
import EFDTestKit

@testable import EFDReplication

/// A registry at each side, empty at first, and the schema replication between them.
struct Registries {
    let source: TestRegistry
    let target: TestRegistry
    let here: RegistryClient
    let there: RegistryClient

    init(target kind: TestRegistry.Kind = .efd) throws {
        source = try TestRegistry()
        target = kind == .efd ? try TestRegistry() : try TestRegistry.shared(kind)
        here = try Self.client(source.url)
        there = try Self.client(target.url)
    }

    func stop() {
        source.stop()
        if target.kind == .efd { target.stop() }
    }

    /// As the replicator asks: once, without waiting.
    static func client(_ url: String) throws -> RegistryClient {
        var options = try RegistryOptions([url])
        options.attempts = 1
        return RegistryClient(options)
    }

    func preserving() -> PreservedSchemas { PreservedSchemas(source: here, target: there, log: .silent) }
    func translating() -> TranslatedSchemas { TranslatedSchemas(source: here, target: there, log: .silent) }

    func replicator(
        _ strategy: any SchemaStrategy, unknownWait: Double = 0.5, avroTopics: NamePattern? = nil,
        metrics: Metrics = Metrics()
    ) -> RegistryReplicator {
        RegistryReplicator(
            source: here, strategy: strategy, unknownWait: unknownWait, avroTopics: avroTopics, metrics: metrics,
            log: .silent)
    }

    /// Ids at the source are far from the target's.
    func moveIDs() throws {
        let subject = TestBroker.uniqueName("other")
        try here.setMode(.importing, for: subject)
        _ = try here.register(Self.record("Other", "int"), subject: subject, id: 900_000, version: 1)
    }

    static func record(_ name: String, _ types: String...) -> String {
        let fields = types.enumerated().map {
            #"{"name":"f\#($0)","type":\#($1.hasPrefix("{") || $1.hasPrefix("\"") ? $1 : "\"\($1)\"")}"#
        }
        return #"{"type":"record","name":"\#(name)","namespace":"lsst.sal","fields":["# + fields.joined(separator: ",")
            + "]}"
    }

    /// A record `Outer` with a field of type `Inner`, each registered under a subject of its own. Returns the outer's
    /// id.
    func registerReferring(_ outer: String, _ inner: String) throws -> Int32 {
        _ = try here.register(Self.record("Inner", "int"), subject: inner)
        let version = try here.versions(inner).last ?? 0
        return try here.register(
            Self.record("Outer", "lsst.sal.Inner"), subject: outer,
            references: [SchemaReference(name: "lsst.sal.Inner", subject: inner, version: version)])
    }
}
