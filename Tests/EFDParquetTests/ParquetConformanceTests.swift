import EFDCore
import EFDSink
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// parquet-sink meets every requirement of sinks.
@Suite struct ParquetConformanceTests {
    static let sink = SinkUnderTest(
        "parquet-sink",
        SinkCapabilities(offsets: .destination, buffersRows: true, canBeFenced: true, rejectsRows: false),
        canBreakDown: true
    ) { FolderDestination() }

    @Test(arguments: Conformance.cases(of: [sink]))
    func meets(_ item: ConformanceCase) async throws { try await item.run() }

    @Test(
        .enabled(if: Conformance.isRealWanted, "runs over a real Kafka"),
        arguments: Conformance.isRealWanted ? Conformance.cases(of: [sink], on: .real) : [])
    func meetsOverRealKafka(_ item: ConformanceCase) async throws { try await item.run() }
}

/// A folder of its own. Broken, a file is in its place.
private final class FolderDestination: TestDestination {
    let plugin = ParquetService.plugin
    let settings: [String: String]
    private let folder = FileManager.default.temporaryDirectory.appending(path: "efd-conform-\(UUID().uuidString)")
    private var output: URL { folder.appending(path: "out") }
    private var away: URL { folder.appending(path: "away") }

    init() { settings = ["output": folder.appending(path: "out").path, "rotate.age": "1s"] }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// By the names of published files, where those say which offsets they hold.
    func rows(of topics: [String]) throws -> [StoredRow] {
        let store = LocalStore(root: output.path)
        let walk = FileWalk(store: store, staging: nil)
        return try topics.flatMap { topic in
            var faults: [EFDError] = []
            let records = try walk.records(of: topic) { faults.append($0) }
            if let fault = faults.first { throw fault }
            return try records.sorted { $0.name.first < $1.name.first }.flatMap { record in
                try offsets(record).map { StoredRow(topic, record.name.partition, $0) }
            }
        }
    }

    private func offsets(_ record: FileRecord) throws -> [Int64] {
        let range = record.name.first...record.name.last
        if record.rows == range.count { return Array(range) }
        let text = try Python.run(
            """
            import sys, pyarrow.parquet as pq
            table = pq.read_table(sys.argv[1], columns=["n"], use_threads=False, partitioning=None)
            print(" ".join(map(str, table["n"].to_pylist())))
            """, [output.appending(path: record.path).path])
        return text.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
    }

    func removeRows(of topic: String) throws {
        try FileManager.default.moveItem(
            at: output.appending(path: topic), to: folder.appending(path: UUID().uuidString))
    }

    func breakDown() throws {
        try FileManager.default.moveItem(at: output, to: away)
        try Data().write(to: output)
    }

    func repair() throws {
        try FileManager.default.removeItem(at: output)
        try FileManager.default.moveItem(at: away, to: output)
    }
}
