import EFDCore
import EFDS3

/// `parquet-sink verify`: whether the files cover the consumed offsets without gap or overlap.
public enum VerifyCommand {
    static let topics = Setting<NamePattern>.pattern(
        "topic-regex", default: ".*", help: "Topics to verify: the pattern must match the whole name.")

    static let rows = Setting<Bool>.toggle(
        "rows", help: "Also read all pages and verify their checksums.")

    public static let table = SettingsTable.process(
        "parquet-sink verify",
        summary:
            "Proves by names and footers that files cover a topic's offsets without gap or overlap; else exits with 1.",
        sections: [
            .init(
                "What to verify",
                [
                    ParquetSettings.output.spec, ParquetSettings.pathPrefix.spec, ParquetSettings.stagingFolder.spec,
                    topics.spec, rows.spec,
                ]),
            S3Settings.standard.section,
        ],
        examples: [
            "parquet-sink verify --output /efd --topic-regex 'lsst\\.sal\\.MTM1M3\\..*'",
            "parquet-sink verify --output s3://efd/parquet --rows",
        ])

    public static var command: Program.Command {
        Program.Command("verify", summary: "Prove that files cover a topic's offsets without gap or overlap.") {
            arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    private static func check(_ settings: Settings) throws(EFDError) { _ = try OutputURL.store(settings) }

    /// Files of other programs, which are not in the way of the sink.
    private static func report(_ strays: [String]) -> String {
        if strays.isEmpty { return "" }
        let shown = strays.prefix(3).joined(separator: ", ") + (strays.count > 3 ? ", …" : "")
        return "\(strays.count) stray \(strays.count == 1 ? "file" : "files") skipped: \(shown)\n"
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let store = try OutputURL.store(context.settings)
        let folders = try TopicFolders(in: store, wanted: TopicFilter(include: context.settings[topics]))
        let names = folders.names
        // Not in the output: this user may have only read permission there.
        let staging = context.settings[rows] ? try Staging(in: OutputURL.stagingArea(context.settings)) : nil
        let walk = FileWalk(store: store, staging: staging)
        var progress = ProgressLine("topics", of: names.count)
        var table = TextTable(
            ["TOPIC", "PARTITION", "FILES", "ROWS", "MB", "FIRST", "LAST", "WITHOUT ROW", ""], left: [8],
            width: Terminal.width)
        var complaints: [String] = []
        var rows = 0
        var isEmpty = true
        var strays = folders.strays
        for name in names {
            if context.stop.isStopped {
                throw EFDError(.parquetVerifyStopped, "stopped before all topics were verified")
            }
            // Before the files: files published meanwhile have later offsets.
            let claimed = try store.claimed(of: name)
            let files = try walk.records(
                of: name, stray: { strays.append($0) }, { complaints.append($0.description) })
            let partitions = Dictionary(grouping: files, by: \.name.partition)
            for partition in Set(partitions.keys).union(claimed.keys).sorted() {
                let coverage = Coverage(partitions[partition] ?? [], claimed: claimed[partition])
                rows += coverage.rows
                isEmpty = false
                complaints += coverage.faults.map { "\(name) partition \(partition): \($0)" }
                table.add([
                    name, "\(partition)", "\(coverage.fileCount)", "\(coverage.rows)", "\(coverage.bytes / 1_000_000)",
                    "\(coverage.range.lowerBound)",
                    "\(coverage.range.upperBound - 1)", "\(coverage.withoutRow)",
                    coverage.faults.isEmpty ? "whole" : "NOT WHOLE",
                ])
            }
            progress.advance()
        }
        progress.end()
        guard !isEmpty || !complaints.isEmpty else { throw folders.nothing(in: store, context.settings[topics]) }
        Program.write(table.text + "\(names.count) topics, \(rows) rows\n" + report(strays))
        guard complaints.isEmpty else {
            Program.write(complaints.map { $0 + "\n" }.joined())
            throw EFDError(
                .parquetCoverageBroken, "\(complaints.count) faults in the files of \(store.root)",
                remedy:
                    "Missing rows may still be in Kafka: move the claims (_progress) of the partition away; then the "
                    + "sink reads from the group's committed offset."
            )
        }
    }
}
