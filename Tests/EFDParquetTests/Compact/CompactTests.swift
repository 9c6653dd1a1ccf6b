import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// Many small files become few, with every row once at every moment.
@Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct CompactTests {
    private let local = LocalStore(
        root: FileManager.default.temporaryDirectory.appending(path: "efd-compact-\(UUID().uuidString)").path)

    private var arguments: [String] {
        // Far enough back to reach the test topic's hours at any date.
        let days = Int((WallClock.seconds() - TestTopic.start) / 86400) + 2
        return ["--output", local.root, "--min-age", "0s", "--lookback", "\(days)d"]
    }

    private func compactor(_ more: [String] = []) throws -> Compactor {
        try CompactCommand.compactor(
            try Settings.parse(CompactCommand.table, arguments: arguments + more, environment: [:]) { _ in [] })
    }

    private func sink(_ topic: TestTopic, rotateRows: Int = 20) throws {
        let cluster = SinkProcess.Cluster()
        var process = SinkProcess(topic: topic, cluster: cluster, store: local)
        process.rotateRows = rotateRows
        #expect(try process.run() == .finished)
    }

    private func coverage(_ topic: TestTopic) throws -> Coverage {
        let claimed = try local.claimed(of: topic.name)
        let files = try FileWalk(store: local, staging: nil).records(of: topic.name) { Issue.record($0) }
        return Coverage(files, claimed: claimed[0])
    }

    /// The rows of each folder in the order of names and rows, and whether they are in the order of event times within
    /// each file.
    private func read() throws -> (rows: [Int64], sortedFiles: Int, files: Int) {
        let text = try Python.run(
            """
            import sys, glob, pyarrow.parquet as pq
            rows, in_order, files = [], 0, sorted(glob.glob(sys.argv[1] + "/lsst*/**/*.parquet", recursive=True))
            for path in files:
                file = pq.ParquetFile(path)
                table = file.read()
                times = table["private_efdStamp"].to_pylist()
                group = file.metadata.row_group(0)
                if times == sorted(times) and [c.column_index for c in group.sorting_columns] == [1]: in_order += 1
                rows += table["n"].to_pylist()
            print(in_order, len(files), *sorted(rows))
            """, [local.root])
        let numbers = text.split(separator: " ").compactMap {
            Int64($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return (Array(numbers[2...]), Int(numbers[0]), Int(numbers[1]))
    }

    @Test func filesOfAnHourBecomeOneSortedFile() throws {
        let topic = try TestTopic(end: 330)
        try sink(topic)
        let before = try coverage(topic)
        #expect(before.faults.isEmpty && before.fileCount > 15)
        let told = try compactor(["--dry-run"]).compact(topic.name, stop: StopToken())
        #expect(told.filesBefore == before.fileCount && told.bytesAfter == nil)
        #expect(try coverage(topic).fileCount == before.fileCount, "a dry run changes nothing")

        let done = try compactor().compact(topic.name, stop: StopToken())
        #expect(
            (done.folders, done.filesBefore, done.filesAfter, done.rows) == (
                told.folders, told.filesBefore, told.filesAfter, told.rows
            ))
        let after = try coverage(topic)
        #expect(after.faults.isEmpty && after.range == before.range && after.rows == before.rows)
        #expect(after.fileCount == done.filesAfter && after.bytes == done.bytesAfter)
        let found = try read()
        #expect(found.rows == topic.offsets && found.files == after.fileCount && found.sortedFiles == found.files)

        let again = try compactor().compact(topic.name, stop: StopToken())
        #expect(again.folders == 0, "what is merged stays so")
        // The next run merges later rows into it.
        let more = try TestTopic(end: 430)
        try sink(more)
        #expect(try compactor().compact(topic.name, stop: StopToken()).folders > 0)
        #expect(try coverage(topic).faults.isEmpty)
        #expect(try read().rows == more.offsets)
        #expect(try FileManager.default.contentsOfDirectory(atPath: local.root + "/_staging").isEmpty)
    }

    /// Files whose claim is not marked done may be rebuilt by the next sink: merged, their rows would be stored twice.
    @Test func aGenerationThatACrashLeftIsLeftAlone() throws {
        let topic = try TestTopic(end: 330)
        var process = SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: local)
        process.rotateRows = 20
        var operations = 50
        var dead: MortalStore
        repeat {
            dead = MortalStore(local, dyingAfter: operations, .before)
            process = SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: dead)
            process.rotateRows = 20
            _ = try process.run()
            operations += 7
            _ = try compactor().compact(topic.name, stop: StopToken())
            #expect(try coverage(topic).faults.isEmpty)
        } while dead.isDead && operations < 1000
        try sink(topic)
        _ = try compactor().compact(topic.name, stop: StopToken())
        #expect(try coverage(topic).faults.isEmpty)
        #expect(try read().rows == topic.offsets)
    }

    /// A sink publishes, merges are killed at random moments, and readers look all the time.
    @Test func killedAtAnyMomentReadersSeeEveryRowOnce() throws {
        let rounds = ProcessInfo.processInfo.environment["EFD_LONG_TESTS"] == "1" ? 150 : 15
        let topic = try TestTopic(end: Int64(rounds * 60))
        let ended = Locked(false)
        let failure = Locked<String?>(nil)
        let threads = ThreadGroup()
        threads.add(
            JoinableThread("sink") {
                do { try self.sink(topic) } catch { failure.withLock { $0 = "\(error)" } }
                ended.withLock { $0 = true }
            })
        threads.add(
            JoinableThread("reader") {
                var looks = 0
                while !ended.withLock({ $0 }) || looks == 0 {
                    do {
                        let faults = try self.coverage(topic).faults
                        if !faults.isEmpty { failure.withLock { $0 = "\(faults)" } }
                    } catch let error as EFDError where error.isRetriable {
                        // The files changed meanwhile: an error is acceptable, a wrong answer is not.
                    } catch { failure.withLock { $0 = "\(error)" } }
                    looks += 1
                }
            })
        var random = SeededGenerator(seed: 5)
        var kills = 0
        for _ in 0..<rounds {
            let process = try TestProcess("parquet-sink", ["compact"] + arguments)
            MonotonicClock.sleep(seconds: Double.random(in: 0.02...0.25, using: &random))
            if process.isRunning { kills += 1 }
            process.kill()
        }
        threads.join()
        #expect(failure.withLock { $0 } == nil)
        let last = try TestProcess("parquet-sink", ["compact"] + arguments)
        #expect(last.wait(seconds: 120) == 0, "\(last.output)")
        #expect(try coverage(topic).faults.isEmpty)
        #expect(try read().rows == topic.offsets)
        #expect(kills > 0)
        let proof = try TestProcess("parquet-sink", ["verify", "--output", local.root, "--rows"])
        #expect(proof.wait(seconds: 120) == 0, "\(proof.output)")
    }

    @Test func aFolderWithOthersThingsIsLeftAlone() throws {
        let topic = try TestTopic(end: 130)
        try sink(topic)
        let folder = try #require(
            try local.files(below: topic.name).first?.path.split(separator: "/").dropLast().joined(separator: "/"))
        try FileManager.default.createDirectory(
            atPath: "\(local.root)/\(folder)/mine", withIntermediateDirectories: true)
        #expect(throws: EFDError.self) { _ = try compactor().compact(topic.name, stop: StopToken()) }
        #expect(
            try coverage(topic).faults.isEmpty && FileManager.default.fileExists(atPath: "\(local.root)/\(folder)/mine")
        )
    }

    @Test func aBrokenFileIsNotMerged() throws {
        let topic = try TestTopic(end: 130)
        try sink(topic)
        let file = try #require(try local.files(below: topic.name).first)
        var bytes = try local.read(file.path)
        bytes[40] ^= 0xFF
        try Files.write(bytes, to: "\(local.root)/\(file.path)")
        let error = #expect(throws: EFDError.self) { _ = try compactor().compact(topic.name, stop: StopToken()) }
        #expect(error?.code == "parquet.fileFailed")
        let names = try TestProcess("parquet-sink", ["verify", "--output", local.root])
        #expect(names.wait(seconds: 60) == 0, "names and footers are whole")
        let proof = try TestProcess("parquet-sink", ["verify", "--output", local.root, "--rows"])
        #expect(proof.wait(seconds: 60) == 1 && proof.output.contains(String(file.name)), "\(proof.output)")
    }
}
