import CPosix
import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// What every kind of output promises.
@Suite struct StoreTests {
    private func text(_ store: any FileStore, _ path: String) throws -> String {
        String(decoding: try store.read(path), as: UTF8.self)
    }

    private func publish(_ store: any FileStore, _ staging: Staging, _ bytes: [UInt8], as path: String) throws {
        let staged = staging.newPath()
        try Files.write(bytes, to: staged)
        try store.publish(staged, as: path)
    }

    @Test(arguments: TestOutput.available) func whatIsPublishedIsListedAndRead(output: TestOutput) throws {
        let store = try output.make()
        try store.check()
        try store.check()
        let staging = try store.makeStaging()
        #expect(
            try store.names(in: "").filter { !$0.hasPrefix("_") }.isEmpty && store.files(below: "t").isEmpty
                && store.names(in: "t/none").isEmpty)
        // Larger than one piece of a fetch.
        let large = [UInt8](repeating: 7, count: 9 << 20) + [1, 2, 3]
        try publish(store, staging, large, as: "t/year=2026/t+0+0000000001-2.zstd.parquet")
        try publish(store, staging, [1, 2, 3], as: "t/z.parquet")
        try publish(store, staging, [4], as: "tt/_schema/x")
        #expect(try store.create("t/_progress/0+0000000001.json", "claim"))
        #expect(try store.names(in: "").filter { !$0.hasPrefix("_") } == ["t", "tt"])
        #expect(
            try store.names(in: "t") == ["_progress", "year=2026", "z.parquet"]
                && store.names(in: "t/_progress") == ["0+0000000001.json"])
        let listed = [
            StoredFile(path: "t/year=2026/t+0+0000000001-2.zstd.parquet", size: large.count),
            StoredFile(path: "t/z.parquet", size: 3),
        ]
        #expect(
            try store.files(below: "t") == listed && store.files(below: "tt").isEmpty
                && store.files(below: "") == listed)
        #expect(
            try store.read("t/z.parquet") == [1, 2, 3] && store.read("t/z.parquet", 1..<2) == [2]
                && store.exists("t/z.parquet"))
        let copy = try store.fetch(listed[0].path, into: staging)
        #expect(try Files.read(copy.path) == large)
        withExtendedLifetime(copy) {}
        try publish(store, staging, [9], as: "t/z.parquet")
        #expect(try store.read("t/z.parquet") == [9], "over what stands there")
        try store.remove("t/z.parquet")
        try store.remove("t/z.parquet")
        #expect(try !store.exists("t/z.parquet"))
        #expect(throws: EFDError.self) { try store.read("t/z.parquet") }
    }

    /// Of many creators of the same claim, one succeeds.
    @Test(arguments: TestOutput.available) func ofManyWhoCreateOneSucceeds(output: TestOutput) throws {
        let store = try output.make()
        for round in 0..<5 {
            let winners = Locked<[String]>([])
            let failures = Locked<[String]>([])
            let group = ThreadGroup()
            for number in 0..<8 {
                group.add(
                    JoinableThread("racer-\(number)") {
                        do {
                            if try store.create("t/_progress/\(round)", "\(number)") {
                                winners.withLock { $0.append("\(number)") }
                            }
                        } catch {
                            failures.withLock { $0.append("\(error)") }
                        }
                    })
            }
            group.join()
            #expect(failures.withLock { $0 } == [])
            #expect(try winners.withLock { $0 } == [text(store, "t/_progress/\(round)")])
        }
        try store.replace("t/_progress/0", "other")
        #expect(try text(store, "t/_progress/0") == "other")
    }

    @Test(.enabled(if: TestObjectStore.isAvailable, "needs the shared part s3"))
    func stagedFilesOfAnObjectStoreGoWithTheirProcess() throws {
        let area = FileManager.default.temporaryDirectory.appending(path: "efd-area-\(UUID().uuidString)").path
        let dead = "\(area)/1-2"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: true)
        try Files.write([1], to: "\(dead)/1.parquet")
        try Files.write([], to: "\(dead)/lock")
        let objects = try TestObjectStore.shared.get()
        let store = S3Store(
            try objects.client(bucket: objects.makeBucket()), bucket: "b", prefix: "", stagingArea: area)
        var staging: Staging? = try store.makeStaging()
        #expect(!FileManager.default.fileExists(atPath: dead))
        let path = try #require(staging?.path)
        #expect(FileManager.default.fileExists(atPath: path))
        staging = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aLinkThatLeadsNowhereIsPassedOver() throws {
        let store = LocalStore(
            root: FileManager.default.temporaryDirectory.appending(path: "efd-links-\(UUID().uuidString)").path)
        _ = try store.create("t/hour/file", "x")
        try FileManager.default.createSymbolicLink(atPath: "\(store.root)/t/hour/link", withDestinationPath: "file")
        try FileManager.default.createSymbolicLink(atPath: "\(store.root)/t/hour/nowhere", withDestinationPath: "none")
        #expect(try store.files(below: "").map(\.path).sorted() == ["t/hour/file", "t/hour/link"])
    }

    /// A listing of a folder that is exchanged all the time shows all of the one or all of the other.
    @Test func aFolderThatIsExchangedIsSeenWhole() throws {
        let store = LocalStore(
            root: FileManager.default.temporaryDirectory.appending(path: "efd-exchange-\(UUID().uuidString)").path)
        let many = (0..<40).map { "old\($0)" }.sorted()
        for name in many { _ = try store.create("t/hour/\(name)", "x") }
        _ = try store.create("_staging/next/new", "x")
        let ended = Locked(false)
        let exchanging = JoinableThread("exchange") {
            while !ended.withLock({ $0 }) {
                _ = posix_exchange("\(store.root)/t/hour", "\(store.root)/_staging/next")
                MonotonicClock.sleep(seconds: 0.0005)
            }
        }
        var wrong: [[String]] = []
        var seen: Set<Int> = []
        for _ in 0..<2000 {
            do throws(EFDError) {
                let names = try store.files(below: "t").map { String($0.name) }.sorted()
                if names != many && names != ["new"] { wrong.append(names) }
                seen.insert(names.count)
            } catch { #expect(error.isRetriable) }
        }
        ended.withLock { $0 = true }
        exchanging.join()
        #expect(wrong == [] && seen == [1, 40])
    }

    @Test(arguments: [
        ("/efd", OutputURL.folder("/efd")), ("efd/", .folder("efd")), ("file:///efd/x/", .folder("/efd/x")),
        ("s3://efd", .s3(bucket: "efd", prefix: "")),
        ("s3://efd/a/b/", .s3(bucket: "efd", prefix: "a/b")), ("/", .folder("/")),
    ])
    func outputsAreUnderstood(text: String, expected: OutputURL) throws { #expect(try OutputURL(text) == expected) }

    @Test(arguments: [
        "", "s3://", "s3:///x", "file://efd", "http://host/x", "s3://efd/a//b", "s3://efd/../b", "s3://efd/a?b",
    ])
    func otherOutputsAreRefused(text: String) {
        let error = #expect(throws: EFDError.self) { try OutputURL(text) }
        #expect(error?.code == "parquet.outputRefused")
    }
}
