import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// The commands as people type them.
@Suite struct CommandTests {
    private func run(_ arguments: String...) throws -> (code: Int32?, output: String) {
        let process = try TestProcess("parquet-sink", arguments)
        return (process.wait(seconds: 60), process.output)
    }

    @Test(arguments: ["verify", "compact"]) func aFolderThatIsNotThereIsNotTakenForAWholeOne(command: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "efd-mistyped-\(UUID().uuidString)").path
        let (code, output) = try run(command, "--output", path)
        #expect(
            code == 1 && output.contains("parquet.outputMissing") && !FileManager.default.fileExists(atPath: path),
            "\(output)")
    }

    @Test func verifyOnlyReads() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "efd-only-read-\(UUID().uuidString)").path
        let topic = try TestTopic(end: 30)
        #expect(
            try SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: LocalStore(root: root)).run()
                == .finished)
        try FileManager.default.removeItem(atPath: "\(root)/_staging")
        let (code, output) = try run("verify", "--output", root, "--rows")
        #expect(code == 0 && output.contains("1 topics, \(topic.offsets.count) rows"), "\(output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [topic.name])
    }

    /// A new output with a sink's finished topic; `more` are further files in it.
    private func output(with more: [String] = []) throws -> (root: String, topic: TestTopic) {
        let root = FileManager.default.temporaryDirectory.appending(path: "efd-verified-\(UUID().uuidString)").path
        let topic = try TestTopic(end: 30)
        let store = LocalStore(root: root)
        #expect(try SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: store).run() == .finished)
        for name in more { try "not data".write(toFile: "\(root)/\(name)", atomically: true, encoding: .utf8) }
        return (root, topic)
    }

    @Test(arguments: [["--topic-regex", "nosuch.*"], []]) func anOutputWithoutTheTopicsIsNotTakenForAWholeOne(
        arguments: [String]
    ) throws {
        let empty = FileManager.default.temporaryDirectory.appending(path: "efd-empty-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: "\(empty)/lsst.sal.Test.none", withIntermediateDirectories: true)
        let process = try TestProcess("parquet-sink", ["verify", "--output", empty] + arguments)
        #expect(process.wait(seconds: 60) == 1)
        #expect(process.output.contains("parquet.noTopic"), "\(process.output)")
    }

    @Test func aPatternThatMatchesNoTopicIsMistyped() throws {
        let (root, _) = try output()
        for command in ["verify", "compact"] {
            let (code, text) = try run(command, "--output", root, "--topic-regex", "nosuch.*")
            #expect(code == 1 && text.contains("no topic in \(root) matches 'nosuch.*'"), "\(text)")
        }
    }

    @Test func strayFilesAreCountedAndSkipped() throws {
        let (root, topic) = try output(with: [
            "README", "lsst.sal.Test.wander/README", "z.parquet", ".hidden", "_SUCCESS",
        ])
        for command in ["verify", "compact"] {
            let (code, text) = try run(command, "--output", root)
            #expect(code == 0, "\(command): \(text)")
            guard command == "verify" else { continue }
            #expect(text.contains("1 topics, \(topic.offsets.count) rows"), "\(text)")
            #expect(
                text.contains("3 stray files skipped: README, z.parquet, lsst.sal.Test.wander/README"), "\(text)")
        }
    }

    /// A reader of the data set would take its rows for the topic's.
    @Test func aForeignParquetFileInATopicsFolderIsAFault() throws {
        let (root, _) = try output(with: ["lsst.sal.Test.wander/other.parquet"])
        let (code, text) = try run("verify", "--output", root)
        #expect(code == 1 && text.contains("other.parquet is not a file of this topic"), "\(text)")
    }

    @Test func aReportThatCannotBeWrittenIsAFailure() throws {
        let (root, _) = try output()
        let command = "\(TestProcess.programs.path)/parquet-sink verify --output \(root) > /dev/full"
        let process = try TestProcess("/bin/sh", ["-c", command])
        #expect(process.wait(seconds: 60) == 1)
        #expect(process.output.contains("cannot write the output: No space left on device"), "\(process.output)")
    }

    @Test(arguments: ["", "/below", "/below/deep"]) func aFileInPlaceOfTheOutputIsNamed(path: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "efd-file-\(UUID().uuidString)").path
        try "x".write(toFile: file, atomically: true, encoding: .utf8)
        let store = LocalStore(root: file + path)
        for check in [store.check, store.checkThere] {
            let error = #expect(throws: EFDError.self) { try check() }
            #expect(error?.message.hasSuffix("\(file) is a file") == true && error?.recovery == .intervene)
        }
        let error = #expect(throws: EFDError.self) { _ = try Staging(in: file + path) }
        #expect(error?.message.hasSuffix("\(file) is a file") == true)
    }

    @Test func mergingInAnObjectStoreIsRefusedWhenSettingsAreChecked() throws {
        let (code, output) = try run("compact", "--output", "s3://bucket/prefix", "--check-config")
        #expect(code == 2 && output.contains("parquet.compactRefused"), "\(output)")
    }
}
