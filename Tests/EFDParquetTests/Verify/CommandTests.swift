import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// The commands as people type them.
@Suite struct CommandTests {
    private func run(_ arguments: String...) throws -> (code: Int32?, said: String) {
        let process = try TestProcess("parquet-sink", arguments)
        return (process.wait(seconds: 60), process.output)
    }

    @Test(arguments: ["verify", "compact"]) func aFolderThatIsNotThereIsNotTakenForAWholeOne(command: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "efd-mistyped-\(UUID().uuidString)").path
        let (code, said) = try run(command, "--output", path)
        #expect(
            code == 1 && said.contains("parquet.outputMissing") && !FileManager.default.fileExists(atPath: path),
            "\(said)")
    }

    @Test func verifyOnlyReads() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "efd-only-read-\(UUID().uuidString)").path
        let topic = try TestTopic(end: 30)
        #expect(
            try SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: LocalStore(root: root)).run()
                == .finished)
        try FileManager.default.removeItem(atPath: "\(root)/_staging")
        let (code, said) = try run("verify", "--output", root, "--rows")
        #expect(code == 0 && said.contains("1 topics, \(topic.offsets.count) rows"), "\(said)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [topic.name])
    }

    @Test func mergingInAnObjectStoreIsRefusedWhenSettingsAreChecked() throws {
        let (code, said) = try run("compact", "--output", "s3://bucket/prefix", "--check-config")
        #expect(code == 2 && said.contains("parquet.compactRefused"), "\(said)")
    }
}
