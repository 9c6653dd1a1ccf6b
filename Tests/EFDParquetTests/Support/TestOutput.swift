import EFDCore
import EFDTestKit
import Foundation

@testable import EFDParquet

/// Kinds of outputs that promise the same.
enum TestOutput: String, CaseIterable, Sendable {
    case folder, s3

    /// Those that this machine has; tests that leave one out say so.
    static let available: [TestOutput] = {
        if TestObjectStore.isAvailable { return allCases }
        print("skipped: outputs in an object store need the shared part s3")
        return [.folder]
    }()

    /// An empty, private folder.
    func make() throws -> any FileStore {
        let folder = FileManager.default.temporaryDirectory.appending(path: "efd-output-\(UUID().uuidString)").path
        switch self {
        case .folder: return LocalStore(root: folder)
        case .s3: return try Self.store(TestObjectStore.shared.get().makeBucket())
        }
    }

    /// - Parameter address: of the object store, or of a proxy before it.
    static func store(_ bucket: String, address: String? = nil, attempts: Int = 8) throws -> S3Store {
        let client = try TestObjectStore.shared.get().client(bucket: bucket, address: address, attempts: attempts)
        return S3Store(
            client, bucket: bucket, prefix: "a/b",
            stagingArea: FileManager.default.temporaryDirectory.appending(path: "efd-staging").path)
    }
}

extension FileStore {
    /// The column `n` of all files of a topic, sorted; throws when a file is not in the order of its offsets.
    func numbers(of topic: String) throws -> [Int64] {
        let staging = try makeStaging()
        let files = try files(below: topic).map { try fetch($0.path, into: staging) }
        let text = try Python.run(
            """
            import sys, pyarrow.parquet as pq
            rows = []
            for path in sys.argv[1:]:
                numbers = pq.read_table(path, columns=["n"], use_threads=False, partitioning=None)["n"].to_pylist()
                assert numbers == sorted(numbers), path
                rows += numbers
            print(" ".join(map(str, sorted(rows))))
            """, files.map(\.path))
        return text.split(separator: "\n").first?.split(separator: " ").compactMap { Int64($0) } ?? []
    }
}
