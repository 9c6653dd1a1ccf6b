import EFDCore
import EFDKafka
import EFDTestKit
import Foundation

/// parquet-sink for one test: topics, group and output folder of its own.
final class ParquetFlow: Sendable {
    let broker: TestBroker
    let registry: TestRegistry
    let folder: URL
    let name = "p" + UUID().uuidString.prefix(8).lowercased()
    var output: String { folder.appending(path: "out").path }

    /// Long forms of the proofs, which scripts/prove-parquet runs with a release build.
    static let isLong = ProcessInfo.processInfo.environment["EFD_LONG_TESTS"] == "1"
    static let program = ProcessInfo.processInfo.environment["EFD_PARQUET_SINK"] ?? "parquet-sink"

    init() throws {
        broker = try TestBroker.shared()
        registry = try TestRegistry.shared()
        folder = FileManager.default.temporaryDirectory.appending(path: "efd-parquet-\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func sink(_ pattern: String, _ more: [String] = []) throws -> TestProcess {
        // A member that keeps its name takes its partitions up again at once, when it was killed.
        let member = broker.isReal ? ["--kafka-property", "group.instance.id=\(name)"] : []
        return try TestProcess(
            Self.program,
            [
                "--output", output, "--topic-regex", pattern, "--group-id", "g-\(name)", "--bootstrap-servers", broker.bootstrapServers, "--registry-url",
                registry.url, "--http-listen", "127.0.0.1:0", "--log-format", "json", "--dead-letter-topic", "dead-\(name)", "--kafka-property",
                "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=500", "--kafka-property", "topic.metadata.refresh.interval.ms=1000",
            ] + member + more)
    }

    /// What `parquet-sink verify` says; throws when it finds a fault.
    @discardableResult
    func verify(_ more: [String] = []) throws -> String {
        let process = try TestProcess(Self.program, ["verify", "--output", output] + more)
        guard process.wait(seconds: 300) == 0 else { throw EFDError("test.notWhole", process.output) }
        return process.output
    }

    /// Records of a group's topics that are stored and committed, by the sink's own count.
    func waitUntilStored(_ count: Int, _ sink: TestProcess, seconds: Double) throws {
        _ = try until(seconds: seconds, "not all stored: \((try? sink.metrics().sum("efd_records_stored_total")) ?? -1) of \(count)\n\(sink.output)") {
            try sink.metrics().sum("efd_records_stored_total") ?? 0 >= Double(count) ? true : nil
        }
    }
}
