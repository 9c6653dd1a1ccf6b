import EFDCore
import Glibc

/// `parquet-sink verify`: whether the files cover what was read, without gap or overlap.
public enum VerifyCommand {
    static let topics = Setting<String>.pattern("topic-regex", default: ".*", help: "Topics to look at: whole names that match.")

    public static let table = SettingsTable(
        program: "parquet-sink verify", summary: "Proves from names and footers that files cover a topic's offsets without gap or overlap; exit 1 when not.",
        sections: [.init("What to look at", [ParquetSettings.output.spec, topics.spec])],
        examples: ["parquet-sink verify --output /efd --topic-regex 'lsst\\.sal\\.MTM1M3\\..*'"])

    public static var command: Program.Command {
        Program.Command("verify", summary: "Prove that files cover a topic's offsets without gap or overlap.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let root = context.settings[ParquetSettings.output]
        guard let wanted = try? Regex(context.settings[topics]) else { return }
        let names = try Files.names(in: root).filter { !$0.hasPrefix("_") && !$0.hasPrefix(".") && (try? wanted.wholeMatch(in: $0)) != nil }
        var progress = ProgressLine("topics", of: names.count)
        var table = TextTable(["TOPIC", "PARTITION", "FILES", "ROWS", "MB", "FIRST", "LAST", "WITHOUT ROW", ""], left: [8], width: Terminal.width)
        var complaints: [String] = []
        var rows = 0
        for name in names {
            if context.stop.isStopped { throw EFDError("parquet.verifyStopped", "stopped before all topics were looked at") }
            let files = try FileWalk(root: root).records(of: name) { complaints.append($0.description) }
            for (partition, files) in Dictionary(grouping: files, by: \.name.partition).sorted(by: { $0.key < $1.key }) {
                let coverage = Coverage(files)
                rows += coverage.rows
                complaints += coverage.faults.map { "\(name) partition \(partition): \($0)" }
                table.add([
                    name, "\(partition)", "\(coverage.fileCount)", "\(coverage.rows)", "\(coverage.bytes / 1_000_000)", "\(coverage.range.lowerBound)",
                    "\(coverage.range.upperBound - 1)", "\(coverage.withoutRow)", coverage.faults.isEmpty ? "whole" : "NOT WHOLE",
                ])
            }
            progress.advance()
        }
        progress.end()
        Program.write(table.text + "\(names.count) topics, \(rows) rows\n")
        guard complaints.isEmpty else {
            Program.write(complaints.map { $0 + "\n" }.joined())
            throw EFDError(
                "parquet.coverageBroken", "\(complaints.count) faults in the files of \(root)",
                remedy: "Rows in no file may still be in Kafka: move the claims (_progress) of the partition away, and the sink reads from the group's commit.")
        }
    }
}

/// The published files of a topic.
struct FileWalk {
    let root: String

    /// What cannot be read is told and left out.
    func records(of topic: String, _ complain: (EFDError) -> Void) throws(EFDError) -> [FileRecord] {
        var found: [FileRecord] = []
        try walk("\(root)/\(topic)", topic, &found, complain)
        return found
    }

    private func walk(_ folder: String, _ topic: String, _ found: inout [FileRecord], _ complain: (EFDError) -> Void) throws(EFDError) {
        for name in try Files.names(in: folder) where !name.hasPrefix("_") && !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try walk(path, topic, &found, complain)
                continue
            }
            guard let parsed = FileName(name), parsed.topic == topic else {
                complain(EFDError("parquet.fileUnknown", "\(path) is no file of this topic"))
                continue
            }
            do throws(EFDError) { found.append(try FileRecord(path, name: parsed, bytes: Int(status.st_size))) } catch { complain(error) }
        }
    }
}
