import EFDCore
import EFDKafka
import EFDRegistry
import Foundation
import Testing

@testable import EFDInflux
@testable import EFDParquet
@testable import EFDProducer
@testable import EFDRegistryServer
@testable import EFDReplication
@testable import EFDSimulation
@testable import EFDSink
@testable import EFDTools

/// The reference pages equal the tables. `scripts/docs` writes them.
@Suite struct ReferenceTests {
    static let tables = [
        ProducerSettings.table, ReplicatorService.table, EFDReplication.VerifyCommand.table, StatusCommand.table,
        InfluxService.plugin.table,
        ParquetService.plugin.table, EFDParquet.VerifyCommand.table, CompactCommand.table, SimulateCommand.table,
        RegistryCommand.table, BrokerCommand.table,
        TopCommand.table, AuditCommand.table, ListCommand.table, ShowCommand.table, ReplayCommand.table,
    ]

    private func compare(_ path: String, _ text: String) throws {
        let url = Repository.root.appending(path: path)
        if ProcessInfo.processInfo.environment["EFD_UPDATE_REFERENCE"] == "1" {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect((try? Repository.text(path)) == text, "\(path) is stale: run scripts/docs")
    }

    @Test func settingsPageIsCurrent() throws {
        let head = """
            # Settings

            Written from the settings tables by `scripts/docs`. [settings.md](../settings.md) says how flags, environment, files
            and connectors work together, and what each kind of value looks like.


            """
        try compare("docs/reference/settings.md", head + Self.tables.map(\.markdown).joined(separator: "\n"))
    }

    /// The metrics of each program, as it creates its handles.
    private static let metrics: [(title: String, make: @Sendable (Metrics) throws -> Void)] = [
        ("salkafka-producer", { _ = ProducerMetrics($0, byTopic: true).lane("TOPIC") }),
        ("Every sink", { _ = SinkMetrics($0, byTopic: true).topic("TOPIC") }),
        ("influx-sink", { _ = InfluxMetrics($0) }), ("parquet-sink", { _ = ParquetMetrics($0) }),
        (
            "replicator",
            {
                _ = ReplicatorMetrics($0, byTopic: true).topic("TOPIC")
                _ = SchemaMetrics($0)
                _ = GroupMetrics($0)
                _ = AccessSync.added($0)
            }
        ), ("efd registry", { _ = RegistryServer.requests($0) }),
        (
            "Programs in common",
            { metrics in
                _ = metrics.counter(
                    "efd_dead_letters_total", "Records that went to the dead-letter topic, by reason.",
                    ["reason": "CODE"])
                _ = metrics.gauge(
                    "efd_build_info", "Constant 1, labelled with the program and its version.",
                    ["program": "PROGRAM", "version": "VERSION"])
                _ = try KafkaConsumer(
                    KafkaProperties(
                        bootstrapServers: "127.0.0.1:1", properties: ["statistics.interval.ms=10000"]),
                    group: "reference", hooks: KafkaHooks(metrics: metrics))
                _ = SchemaCache(metrics: metrics) { _ in nil }
            }
        ),
    ]

    @Test func metricsPageIsCurrent() throws {
        var text = """
            # Metrics

            Written from the running registries of metrics by `scripts/docs`. Every service serves them at `/metrics` in the Prometheus text format.
            The label `topic` is `all` unless `--metrics-by-topic` is set.

            """
        for (title, make) in Self.metrics {
            let metrics = Metrics()
            try make(metrics)
            text += "\n## \(title)\n\n| metric | kind | labels | meaning |\n|---|---|---|---|\n"
            for family in metrics.reference {
                text +=
                    "| `\(family.name)` | \(family.kind) | \(family.labels.joined(separator: ", ")) | \(family.help) "
                    + "|\n"
            }
        }
        try compare("docs/reference/metrics.md", text)
    }

    @Test func errorsPageIsCurrent() throws { try compare("docs/reference/errors.md", try ErrorCodes.page()) }

    @Test func everyMetricOfTheSourcesIsOnItsPage() throws {
        let page = try Repository.text("docs/reference/metrics.md")
        var count = 0
        for path in Repository.swiftSources where !path.contains("EFDTestKit") && !path.contains("efd-bench") {
            for found in try Repository.text(path).matches(of: /(?:counter|gauge|histogram)\(\s*"(efd_\w+)"/) {
                count += 1
                #expect(
                    page.contains("`\(found.1)`"),
                    "\(path) counts \(found.1): add it to ReferenceTests and run scripts/docs")
            }
        }
        #expect(count > 60)
    }

    @Test func everyTableChecksItsOwnDefaults() {
        for table in Self.tables {
            for spec in table.settings {
                #expect(
                    !spec.help.isEmpty && spec.help.hasSuffix("."),
                    "\(table.program): --\(spec.name) needs one sentence of help")
            }
        }
    }

    @Test func everyServiceHasAPageAndTheReadmeKnowsIt() throws {
        let readme = try Repository.text("README.md")
        let programs = [
            "salkafka-producer", "influx-sink", "parquet-sink", "replicator", "efd simulate", "efd registry",
            "efd broker", "efd top", "efd audit", "efd dlq",
        ]
        for program in programs {
            #expect(readme.contains("`\(program)`"))
        }
        for found in readme.matches(of: /\]\((docs\/[\w\/.-]+)\)/) {
            #expect(
                FileManager.default.fileExists(atPath: Repository.root.appending(path: String(found.1)).path),
                "README links to \(found.1), which is not there")
        }
    }

    /// Each folder of the sources stands in the row of its target.
    @Test func everyRoomIsOnTheMap() throws {
        let rows = try Repository.text("docs/architecture.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
        let folders = Set(
            Repository.files(under: "Sources", ending: [""]).map {
                $0.split(separator: "/").dropFirst().dropLast().map(String.init)
            })
        #expect(folders.count > 80)
        for folder in folders where folder.last != "include" {
            let row = rows.first { row in folder.first.map { row.prefix { $0 != "·" }.contains("`\($0)`") } ?? false }
            for name in folder {
                #expect(
                    row?.contains("`\(name)`") == true,
                    "docs/architecture.md does not show \(folder.joined(separator: "/"))")
            }
        }
    }
}
