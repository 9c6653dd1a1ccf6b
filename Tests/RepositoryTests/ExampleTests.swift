import EFDCore
import EFDInflux
import EFDParquet
import EFDProducer
import EFDRegistryServer
import EFDReplication
import EFDSimulation
import EFDSink
import EFDTools
import Foundation
import Testing

/// The programs accept their command lines in the documentation and in `--help`.
@Suite struct ExampleTests {
    private static let tables: [String: SettingsTable] = [
        "salkafka-producer": ProducerSettings.table, "replicator": ReplicatorService.table,
        "replicator verify": EFDReplication.VerifyCommand.table, "replicator status": StatusCommand.table,
        "influx-sink": InfluxService.plugin.table, "influx-sink host": HostCommand.table(InfluxService.plugin),
        "parquet-sink host": HostCommand.table(ParquetService.plugin),
        "parquet-sink": ParquetService.plugin.table, "parquet-sink verify": EFDParquet.VerifyCommand.table,
        "parquet-sink compact": CompactCommand.table,
        "efd simulate": SimulateCommand.table,
        "efd registry": RegistryCommand.table, "efd broker": BrokerCommand.table, "efd top": TopCommand.table,
        "efd audit": AuditCommand.table, "efd dlq list": ListCommand.table, "efd dlq show": ShowCommand.table,
        "efd dlq replay": ReplayCommand.table,
    ]

    /// Command lines of fenced blocks, with continued lines joined and comments cut.
    private func commands(in text: String) -> [String] {
        // Command lines stand at the beginning of their line, drawings do not count.
        text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 && !$0.element.contains("──") }
            .flatMap { block in
                block.element.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n").map { line in
                    String(line).components(separatedBy: " #")[0].trimmingCharacters(in: .whitespaces)
                        .replacingOccurrences(of: "$bin/", with: "")
                }
            }
    }

    private func check(_ command: String, _ place: String) {
        let named = Self.tables.filter { command == $0.key || command.hasPrefix($0.key + " ") }
        guard let (program, table) = named.max(by: { $0.key.count < $1.key.count }) else { return }
        let arguments = command.dropFirst(program.count).split(separator: " ").map {
            $0.trimmingCharacters(in: CharacterSet(charactersIn: "'"))
        }
        do {
            _ = try Settings.parse(table, arguments: arguments.filter { $0 != "…" }, environment: [:]) { path in
                Array((path.hasSuffix(".yaml") ? "" : "secret").utf8)
            }
        } catch {
            Issue.record("\(place): \(command)\n\(error)")
        }
    }

    @Test func documentedCommandLinesAreTaken() throws {
        let pages = ["README.md"] + Repository.files(under: "docs", ending: [".md"])
        var count = 0
        for page in pages {
            for command in commands(in: try Repository.text(page)) {
                check(command, page)
                count += 1
            }
        }
        #expect(count > 10)
    }

    @Test func documentedConnectorsAreTaken() throws {
        let blocks = try Repository.text("docs/services/sinks.md").components(separatedBy: "```json\n").dropFirst()
        #expect(!blocks.isEmpty)
        for block in blocks {
            let document = try JSON.parse(block.components(separatedBy: "```")[0])
            let config = try #require(document["config"]?.members)
            let resources = SettingsResources(environment: [:]) { _ in Array("secret".utf8) }
            let settings = try Settings.parse(
                InfluxService.plugin.connectorTable, layers: [.connector(config, source: "the page")],
                resources: resources)
            try InfluxService.plugin.checkAll(settings)
        }
    }

    @Test func examplesOfTheHelpAreTaken() {
        for table in Self.tables.values {
            #expect(!table.examples.isEmpty, "\(table.program) shows no example")
            for example in table.examples { check(example, "help of \(table.program)") }
        }
    }
}
