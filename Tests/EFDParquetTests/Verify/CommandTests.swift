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

    @Test func mergingInAnObjectStoreIsRefusedWhenSettingsAreChecked() throws {
        let (code, output) = try run("compact", "--output", "s3://bucket/prefix", "--check-config")
        #expect(code == 2 && output.contains("parquet.compactRefused"), "\(output)")
    }
}
