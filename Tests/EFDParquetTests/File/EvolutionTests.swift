import EFDAvro
import EFDCore
import EFDSink
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// A topic whose schema changes stays one data set.
@Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct EvolutionTests {
    private let local = LocalStore(
        root: FileManager.default.temporaryDirectory.appending(path: "efd-evolution-\(UUID().uuidString)").path)
    private let topic = "lsst.sal.Test.changing"
    private let stamp = 1_790_000_000.0

    private func rows(_ id: Int32, _ fields: String) throws -> TestRows {
        let common = #"{"name":"private_efdStamp","type":"double"},{"name":"n","type":"int"}"#
        return try TestRows(topic, schemaID: id, #"{"type":"record","name":"R","fields":[\#(common)\#(fields)]}"#)
    }

    /// Two rows of each of four schemas, all in one file set.
    private func store() throws {
        let writer = ParquetSinkWriter(
            Publisher(store: local, staging: try local.makeStaging(), format: ParquetFormat(), log: .silent),
            try SinkProcess.options(rotateRows: 1 << 20),
            budget: MemoryBudget(limit: 1 << 40),
            metrics: ParquetMetrics(Metrics()), log: .silent
        ) { _, _ in .unknown }
        func wave(_ item: String) -> String { #"{"name":"wave","type":{"type":"array","items":"\#(item)"}}"# }
        func mean(_ type: String) -> String { #"{"name":"mean","type":"\#(type)"}"# }
        let versions: [(String, [AvroValue])] = [
            (
                #",{"name":"count","type":"int"},{"name":"level","type":"float","units":"m"},{"name":"word","type":"string"},\#(wave("float")),\#(mean("int"))"#,
                [.int(1), .float(0.5), .string("one"), .array([.float(0.25)]), .int(7)]
            ),
            // An additional field, a nullable one, and one in another position.
            (
                #",{"name":"word","type":"string"},{"name":"count","type":"int"},{"name":"level","type":"float","units":"m"},{"name":"extra","type":["null","double"]}"#,
                [.string("two"), .int(2), .float(1.5), .union(1, .double(2.5))]
            ),
            // Wider numbers, and a field less.
            (
                #",{"name":"count","type":"long"},{"name":"level","type":"double"},\#(wave("double")),\#(mean("double"))"#,
                [.long(1 << 40), .double(0.1), .array([.double(0.1)]), .double(7.5)]
            ),
            // Another name.
            (
                #",{"name":"total","aliases":["count"],"type":"long"},{"name":"level","type":["null","double"]}"#,
                [.long(4), .union(0, .null)]
            ),
        ]
        for (index, version) in versions.enumerated() {
            let rows = try rows(Int32(index) + 11, version.0)
            let offset = Int64(index * 2)
            let batch = try rows.batch(
                (0..<2).map {
                    (offset + $0, nil, [.double(stamp + Double(offset + $0)), .int(Int32(offset + $0))] + version.1)
                })
            guard case .written(let rejections) = writer.write([batch]), rejections.isEmpty else {
                throw EFDError("test.notWritten", "")
            }
        }
        guard case .flushed = writer.flush(all: true) else { throw EFDError("test.notSettled", "") }
    }

    private let expected = """
        0 1 0.5 one None None [0.25] 7.0
        1 1 0.5 one None None [0.25] 7.0
        2 2 1.5 two 2.5 None None None
        3 2 1.5 two 2.5 None None None
        4 1099511627776 0.1 None None None [0.1] 7.5
        5 1099511627776 0.1 None None None [0.1] 7.5
        6 None None None None 4 None None
        7 None None None None 4 None None

        """

    @Test func addedRemovedRenamedAndWidenedFieldsAreOneDataSetForPyarrow() throws {
        try store()
        let found = try Python.run(
            """
            import sys, glob, pyarrow as pa, pyarrow.dataset as ds, pyarrow.parquet as pq
            files = ds.dataset(sys.argv[1], format="parquet", partitioning="hive").files
            schema = pa.unify_schemas([pq.read_schema(path) for path in files], promote_options="permissive")
            table = ds.dataset(files, schema=schema, format="parquet").to_table().sort_by("n")
            for row in table.to_pylist(): print(row["n"], row["count"], row["level"], row["word"], row["extra"], row["total"], row["wave"], row["mean"])
            """, ["\(local.root)/\(topic)"])
        #expect(found == expected)
    }

    @Test func addedRemovedRenamedAndWidenedFieldsAreOneDataSetForDuckDB() throws {
        try store()
        let found = try Python.run(
            """
            import sys, duckdb
            files = f"read_parquet('{sys.argv[1]}/**/*.parquet', union_by_name = true)"
            for row in duckdb.sql(f"select n, count, level, word, extra, total, wave, mean from {files} order by n").fetchall(): print(*row)
            """, ["\(local.root)/\(topic)"])
        #expect(found == expected)
    }

    @Test func filesEndWithTheirSchemaAndTheHistoryLiesBesideThem() throws {
        try store()
        let files = try local.files(below: topic)
        #expect(
            files.map { String($0.name) }
                == (0..<4).map { "\(topic)+0+\(Int64($0 * 2).zeroPadded(to: 10))-\($0 * 2 + 1).zstd.parquet" })
        let history = try local.names(in: "\(topic)/_schema").map {
            try JSON.parse(local.read("\(topic)/_schema/\($0)"))
        }
        #expect(
            history.map { $0["id"]?.integer } == [11, 12, 13, 14]
                && history.map { $0["offset"]?.integer } == [0, 2, 4, 6])
        #expect(history[3]["schema"]?["fields"]?.elements?[2]["name"]?.string == "total")
        // Merging keeps each schema's rows in files of their own.
        let days = Int((WallClock.seconds() - stamp) / 86400) + 2
        let settings = try Settings.parse(
            CompactCommand.table, arguments: ["--output", local.root, "--min-age", "0s", "--lookback", "\(days)d"],
            environment: [:]
        ) { _ in [] }
        #expect(try CompactCommand.compactor(settings).compact(topic, stop: StopToken()).folders == 0)
    }
}
