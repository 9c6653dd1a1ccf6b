import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// Killed before and behind every operation on the output folder, the sink stores every row once.
@Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct CrashTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "efd-crash-\(UUID().uuidString)")

    /// Names of published files below a root.
    private func files(_ root: String) throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: root) else { return [] }
        return Set(
            try FileManager.default.subpathsOfDirectory(atPath: root).filter {
                $0.hasSuffix(".parquet") && !$0.hasPrefix("_")
            })
    }

    /// The column `n` of all files of each root, sorted.
    private func rows(_ roots: [String]) throws -> [[Int64]] {
        try Python.run(
            """
            import sys, glob, pyarrow.parquet as pq
            for root in sys.argv[1:]:
                rows = []
                for path in glob.glob(root + "/lsst*/**/*.parquet", recursive=True):
                    numbers = pq.read_table(path, columns=["n"], use_threads=False, partitioning=None)["n"].to_pylist()
                    assert numbers == sorted(numbers), path
                    rows += numbers
                print(" ".join(map(str, sorted(rows))))
            """, roots
        ).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
            $0.split(separator: " ").compactMap { Int64($0) }
        }
    }

    @Test(arguments: [MortalStore.Death.before, .behind])
    func killedAtEveryOperationEveryRowIsStoredOnce(death: MortalStore.Death) throws {
        let topic = try TestTopic(end: 330)
        var roots: [String] = []
        var operation = 0
        var isThrough = false
        while !isThrough {
            let local = LocalStore(root: folder.appending(path: "\(death)-\(operation)").path)
            roots.append(local.root)
            let cluster = SinkProcess.Cluster()
            let mortal = MortalStore(local, dyingAfter: operation, death)
            let end = try SinkProcess(topic: topic, cluster: cluster, store: mortal).run()
            isThrough = end == .finished && !mortal.isDead
            let before = try files(local.root)
            // Other bounds than before: the claimed file set is rebuilt nevertheless.
            var next = SinkProcess(topic: topic, cluster: cluster, store: local)
            next.batchRows = 5 + operation % 23
            next.rotateRows = 40 + operation % 50
            #expect(try next.run() == .finished)
            #expect(
                before.isSubset(of: try files(local.root)), "operation \(operation): a file that readers saw is gone")
            operation += 1
        }
        #expect(operation > 30, "there are as many operations as places to die at")
        for (index, rows) in try rows(roots).enumerated() {
            #expect(rows == topic.offsets, "killed \(death) operation \(index)")
        }
    }

    @Test func killedAgainAndAgainEveryRowIsStoredOnce() throws {
        let topic = try TestTopic(end: 330)
        var random = SeededGenerator(seed: 11)
        var roots: [String] = []
        for round in 0..<12 {
            let local = LocalStore(root: folder.appending(path: "again-\(round)").path)
            roots.append(local.root)
            let cluster = SinkProcess.Cluster()
            var lives = 0
            while lives < 500 {
                lives += 1
                let mortal = MortalStore(
                    local, dyingAfter: Int.random(in: 3...14, using: &random),
                    Bool.random(using: &random) ? .before : .behind)
                if try SinkProcess(topic: topic, cluster: cluster, store: mortal).run() == .finished, !mortal.isDead {
                    break
                }
            }
            #expect(lives > 2 && lives < 500)
        }
        for rows in try rows(roots) { #expect(rows == topic.offsets) }
    }

    /// A process that was away for long does not know that its partition has gone to another.
    @Test func whoSleptIsOvertakenAndStoresNothingTwice() throws {
        let topic = try TestTopic(end: 330)
        let local = LocalStore(root: folder.appending(path: "asleep").path)
        let cluster = SinkProcess.Cluster()
        let process = SinkProcess(topic: topic, cluster: cluster, store: local)
        let (sleeper, position) = try process.writer()
        #expect(position == .unknown)
        let batch = try #require(try topic.batch(from: 0, count: 30))
        _ = sleeper.write([batch])
        for end in [Int64(50), 120, 330] {
            // The others continue, in several lives, and old claims go.
            let part = try TestTopic(end: end)
            #expect(try SinkProcess(topic: part, cluster: cluster, store: local).run() == .finished)
            #expect(process.flush(sleeper, 50, all: true) == .fenced)
        }
        #expect(try rows([local.root]) == [topic.offsets])
    }

    @Test func unfinishedFilesOfDeadProcessesAreRemoved() throws {
        let local = LocalStore(root: folder.appending(path: "staging").path)
        let dead = "\(local.root)/_staging/1-2"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: true)
        try Files.write([1, 2, 3], to: "\(dead)/1.parquet")
        try Files.write([], to: "\(dead)/lock")
        let first = try local.makeStaging()
        #expect(!FileManager.default.fileExists(atPath: dead))
        let second = try local.makeStaging()
        #expect(
            FileManager.default.fileExists(atPath: first.path) && FileManager.default.fileExists(atPath: second.path),
            "those of the living stay")
    }
}
