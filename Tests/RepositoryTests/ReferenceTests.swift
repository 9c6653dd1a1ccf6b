import EFDCore
import EFDInflux
import EFDKafka
import EFDLocal
import EFDRegistry
import Foundation
import Testing

@testable import EFDProducer
@testable import EFDReplication
@testable import EFDSink

/// The reference pages are what the tables say. `scripts/docs` writes them anew.
@Suite struct ReferenceTests {
    private static let tables = [
        ProducerSettings.table, ReplicatorService.table, VerifyCommand.table, StatusCommand.table, InfluxService.table, SimulateCommand.table,
        RegistryCommand.table, BrokerCommand.table,
        TopCommand.table, AuditCommand.table,
    ]

    private func compare(_ path: String, _ text: String) throws {
        let url = Repository.root.appending(path: path)
        if ProcessInfo.processInfo.environment["EFD_UPDATE_REFERENCE"] == "1" {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect((try? Repository.text(path)) == text, "\(path) is stale: run scripts/docs")
    }

    @Test func settingsPageIsCurrent() throws {
        let head = """
            # Settings

            Written from the settings tables by `scripts/docs`. A flag beats the environment, which beats the file of `--config`, which beats the default.
            In that file a setting stands by its name without dashes before it: `batch-size: 1000`. A secret may come from a file: `--NAME-file PATH`,
            `EFD_NAME_FILE`. Times need a unit (`250ms`, `5s`, `2m`, `1h`, `30d`), sizes too (`500kB`, `64MiB`).


            """
        try compare("docs/reference/settings.md", head + Self.tables.map(\.markdown).joined(separator: "\n"))
    }

    @Test func metricsPageIsCurrent() throws {
        let metrics = Metrics()
        _ = ProducerMetrics(metrics, byTopic: true).lane("TOPIC")
        _ = SinkMetrics(metrics, byTopic: true)
        _ = ReplicatorMetrics(metrics, byTopic: true)
        _ = metrics.counter("efd_dead_letters_total", "Records that went to the dead-letter topic, by reason.", ["reason": "CODE"])
        _ = metrics.gauge("efd_build_info", "Constant 1, labelled with the program and its version.", ["program": "PROGRAM", "version": "VERSION"])
        let properties = try KafkaProperties(bootstrapServers: "127.0.0.1:1")
        _ = try KafkaConsumer(properties, group: "reference", hooks: KafkaHooks(metrics: metrics))
        _ = SchemaCache(metrics: metrics) { _ in nil }
        var text = """
            # Metrics

            Written from the running registry of metrics by `scripts/docs`. Every service serves them at `/metrics` in the Prometheus text format.
            The label `topic` is `all` unless `--metrics-by-topic` is set.

            | metric | kind | labels | meaning |
            |---|---|---|---|

            """
        for family in metrics.reference { text += "| `\(family.name)` | \(family.kind) | \(family.labels.joined(separator: ", ")) | \(family.help) |\n" }
        try compare("docs/reference/metrics.md", text)
    }

    @Test func everyTableChecksItsOwnDefaults() {
        for table in Self.tables {
            for spec in table.settings {
                #expect(!spec.help.isEmpty && spec.help.hasSuffix("."), "\(table.program): --\(spec.name) needs one sentence of help")
            }
        }
    }

    @Test func everyServiceHasAPageAndTheReadmeKnowsIt() throws {
        let readme = try Repository.text("README.md")
        for program in ["salkafka-producer", "influx-sink", "replicator", "efd simulate", "efd registry", "efd broker", "efd top", "efd audit"] {
            #expect(readme.contains("`\(program)`"))
        }
        for found in readme.matches(of: /\]\((docs\/[\w\/.-]+)\)/) {
            #expect(
                FileManager.default.fileExists(atPath: Repository.root.appending(path: String(found.1)).path), "README links to \(found.1), which is not there")
        }
    }

    @Test func linksBetweenPagesLeadSomewhere() throws {
        for path in Repository.files(under: "docs", ending: [".md"]) {
            let folder = Repository.root.appending(path: path).deletingLastPathComponent()
            for found in try Repository.text(path).matches(of: /\]\(([\w\/.-]+\.md)\)/) {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: String(found.1)).path), "\(path) links to \(found.1), which is not there")
            }
        }
    }
}
