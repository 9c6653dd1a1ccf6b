import EFDCore
import EFDKafka
import EFDTestKit
import Foundation

/// parquet-sink for one test: its own topics, group and output, a folder or a bucket.
final class ParquetFlow: Sendable {
    let broker: TestBroker
    let registry: TestRegistry
    let folder: URL
    let name = "p" + UUID().uuidString.prefix(8).lowercased()
    let output: String
    /// Where the sink reaches the object store; nil: the output is a folder.
    private let endpoint: String?

    /// Long forms of the proofs, which scripts/prove-parquet runs with a release build.
    static let isLong = ProcessInfo.processInfo.environment["EFD_LONG_TESTS"] == "1"
    static let program = ProcessInfo.processInfo.environment["EFD_PARQUET_SINK"] ?? "parquet-sink"

    convenience init() throws { try self.init(bucket: nil, endpoint: nil) }

    /// - Parameter endpoint: of the object store, or of something before it.
    convenience init(objects: TestObjectStore, endpoint: String) throws {
        try self.init(bucket: objects.makeBucket(), endpoint: endpoint)
    }

    private init(bucket: String?, endpoint: String?) throws {
        self.endpoint = endpoint
        broker = try TestBroker.shared()
        registry = try TestRegistry.shared()
        folder = FileManager.default.temporaryDirectory.appending(path: "efd-parquet-\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        output = bucket.map { "s3://\($0)/efd" } ?? folder.appending(path: "out").path
    }

    private var environment: [String: String] { endpoint == nil ? [:] : TestObjectStore.environment }

    private func target(_ endpoint: String?) -> [String] {
        ["--output", output]
            + (endpoint.map { ["--s3-endpoint", $0, "--staging-dir", folder.appending(path: "staging").path] } ?? [])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func sink(_ pattern: String, _ more: [String] = []) throws -> TestProcess {
        // A killed static member gets its partitions back immediately.
        let member = broker.isReal ? ["--kafka-property", "group.instance.id=\(name)"] : []
        return try TestProcess(
            Self.program,
            target(endpoint) + [
                "--topic-regex", pattern, "--group-id", "g-\(name)", "--bootstrap-servers", broker.bootstrapServers,
                "--registry-url",
                registry.url, "--http-listen", "127.0.0.1:0", "--log-format", "json", "--dead-letter-topic",
                "dead-\(name)", "--kafka-property",
                "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=500", "--kafka-property",
                "topic.metadata.refresh.interval.ms=1000",
            ] + member + more, environment: environment)
    }

    /// What `parquet-sink verify` says; throws when it finds a fault.
    @discardableResult
    func verify(_ more: [String] = []) throws -> String {
        let address = endpoint == nil ? nil : try TestObjectStore.shared.get().url
        let process = try TestProcess(Self.program, ["verify"] + target(address) + more, environment: environment)
        guard process.wait(seconds: 300) == 0 else { throw EFDError("test.notWhole", process.output) }
        return process.output
    }

    /// The folder with the stored files, copied from a bucket if they are in one.
    func files() throws -> String {
        if endpoint == nil { return output }
        let copy = folder.appending(path: "copy").path
        _ = try Python.run(
            """
            import sys, pyarrow.fs as fs
            store = fs.S3FileSystem(endpoint_override=sys.argv[1], scheme="http", access_key=sys.argv[3], secret_key=sys.argv[4], region="us-east-1")
            fs.copy_files(sys.argv[2], sys.argv[5], source_filesystem=store, destination_filesystem=fs.LocalFileSystem())
            """,
            [
                String(try TestObjectStore.shared.get().url.dropFirst("http://".count)),
                String(output.dropFirst("s3://".count)),
                environment["AWS_ACCESS_KEY_ID"] ?? "", environment["AWS_SECRET_ACCESS_KEY"] ?? "", copy,
            ], seconds: 300)
        return copy
    }

    /// Kills the sink again and again while records come, then lets it finish, and compares every row. Returns what
    /// verify says in the end.
    func killAtRandom(kills: Int, records: Int) throws -> String {
        let topics = try ProofTopics("Kill\(name)", count: 4)
        let id = try topics.register(registry.client(), broker: broker)
        let producing = ThreadGroup()
        let failure = Locked<String?>(nil)
        producing.add(
            JoinableThread("producer") { [broker] in
                // In parts, so that rows keep coming while the sink lives and dies.
                let part = records / (kills * 4)
                for start in stride(from: 0, to: records, by: part) {
                    do {
                        try topics.produce(
                            start..<min(records, start + part), schemaID: id, properties: broker.properties())
                    } catch {
                        failure.withLock { $0 = "\(error)" }
                    }
                    MonotonicClock.sleep(seconds: 0.3)
                }
            })
        var random = SeededGenerator(seed: 20)
        let arguments = ["--rotate-rows", "97", "--rotate-age", "1s", "--commit-interval", "100ms"]
        let pattern = #"lsst\.sal\.\#(topics.prefix)\..*"#
        for _ in 0..<kills {
            let sink = try sink(pattern, arguments)
            MonotonicClock.sleep(seconds: Double.random(in: 0.3...3, using: &random))
            sink.kill()
            if endpoint != nil || FileManager.default.fileExists(atPath: output) { try verify() }
        }
        producing.join()
        if let failure = failure.withLock({ $0 }) { throw EFDError("test.notProduced", failure) }
        let sink = try sink(pattern, arguments)
        _ = try until(
            seconds: ParquetFlow.isLong ? 300 : 120, "rows are missing:\n\((try? verify()) ?? "")\n\(sink.output)"
        ) {
            try? verify().contains(", \(records * topics.count) rows") == true ? true : nil
        }
        guard sink.stop() == 0 else { throw EFDError("test.notStopped", sink.output) }
        let report = try verify(["--rows"])
        let compared = try ProofReader.check(files(), topics, records: records, seconds: 600)
        guard compared == records * topics.count * 2 else {
            throw EFDError("test.notEqual", "\(compared) rows compared, pyarrow and DuckDB")
        }
        return "\(kills) kills, \(compared) rows compared\n\(report)"
    }

    /// Records of a group's topics that are stored and committed, by the sink's own count.
    func waitUntilStored(_ count: Int, _ sink: TestProcess, seconds: Double) throws {
        _ = try until(
            seconds: seconds,
            "not all stored: \((try? sink.metrics().sum("efd_records_stored_total")) ?? -1) of \(count)\n\(sink.output)"
        ) {
            guard sink.isRunning else { throw EFDError("test.sinkEnded", sink.output) }
            return try sink.metrics().sum("efd_records_stored_total") ?? 0 >= Double(count) ? true : nil
        }
    }
}
