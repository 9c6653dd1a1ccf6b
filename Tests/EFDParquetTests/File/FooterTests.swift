import EFDAvro
import EFDCore
import EFDSink
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// What published files say of themselves.
@Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct FooterTests {
    private let local = LocalStore(
        root: FileManager.default.temporaryDirectory.appending(path: "efd-footer-\(UUID().uuidString)").path)
    private let hour = 1_789_999_200.0

    /// Every file with its footer's pairs, by path below the root.
    private func footers() throws -> [String: JSON] {
        let text = try Python.run(
            """
            import sys, glob, json, pyarrow.parquet as pq
            found = {}
            for path in glob.glob(sys.argv[1] + "/lsst*/**/*.parquet", recursive=True):
                pairs = pq.ParquetFile(path).metadata.metadata
                found[path[len(sys.argv[1]) + 1:]] = {k.decode(): v.decode() for k, v in pairs.items() if k.startswith(b"efd.")}
            print(json.dumps(found))
            """, [local.root])
        return Dictionary(
            uniqueKeysWithValues: (try JSON.parse(text).members?.entries ?? []).map { ($0.key, $0.value) })
    }

    private func writer(_ position: Position = .unknown) throws -> ParquetSinkWriter {
        let publisher = Publisher(store: local, staging: try local.makeStaging(), format: ParquetFormat(), log: .silent)
        return ParquetSinkWriter(
            publisher, try SinkProcess.options(rotateRows: 1 << 20), budget: MemoryBudget(limit: 1 << 40),
            metrics: ParquetMetrics(Metrics()), log: .silent
        ) { _, _ in position }
    }

    @Test func aFooterTellsOfItsOwnFileAlone() throws {
        let rows = try TestRows.stamped()
        let writer = try writer()
        // The second row is an hour late, the third is of another instance.
        _ = writer.write([try rows.batch(from: 40, at: [hour + 3600, hour + 10, hour + 3661.5], instance: 1)])
        _ = writer.write([try rows.batch(from: 43, at: [hour + 3602], instance: 2)])
        guard case .flushed = writer.flush(all: true) else { return #expect(Bool(false), "not flushed") }
        let found = try footers()
        #expect(found.count == 2)
        let topic = "lsst.sal.Test.rows"
        let late = try #require(
            found["\(topic)/year=2026/month=09/day=21/hour=14/\(topic)+0+0000000041-41.zstd.parquet"])
        let rest = try #require(
            found["\(topic)/year=2026/month=09/day=21/hour=15/\(topic)+0+0000000040-43.zstd.parquet"])
        let text: (JSON, String) -> String = { $0[$1]?.string ?? "none" }
        for (footer, count) in [(late, "1"), (rest, "3")] {
            #expect(
                text(footer, "efd.topic") == topic && text(footer, "efd.partition") == "0"
                    && text(footer, "efd.records") == count)
            #expect(
                text(footer, "efd.generation.from") == "40" && text(footer, "efd.generation.next") == "44"
                    && text(footer, "efd.generation.files") == "2")
            #expect(text(footer, "efd.avro.schema") == rows.schema.text && text(footer, "efd.avro.schema.id") == "1")
            #expect(
                text(footer, "efd.event.field") == "private_efdStamp"
                    && text(footer, "efd.program") == "parquet-sink \(BuildInfo.version)")
        }
        #expect(
            text(late, "efd.event.first") == "2026-09-21T14:00:10.000000Z"
                && text(late, "efd.event.last") == "2026-09-21T14:00:10.000000Z")
        #expect(
            text(rest, "efd.event.first") == "2026-09-21T15:00:00.000000Z"
                && text(rest, "efd.event.last") == "2026-09-21T15:01:01.500000Z")
        #expect(text(rest, "efd.folder.begin") == "1790002800" && text(rest, "efd.folder.end") == "1790006400")
        #expect(
            text(late, "efd.seqnum") == #"{"1":[141,141]}"#
                && text(rest, "efd.seqnum") == #"{"1":[140,142],"2":[143,143]}"#)
        #expect(SequenceRanges(parsing: text(rest, "efd.seqnum")).text == text(rest, "efd.seqnum"))
    }

    /// Parquet has no rows without columns: the records are there all the same.
    @Test func recordsWithoutFieldsAreRowsOfTheirOffset() throws {
        let rows = try TestRows(
            "lsst.sal.Test.command_start", #"{"type":"record","name":"lsst.sal.Test.command_start","fields":[]}"#)
        let writer = try writer()
        _ = writer.write([try rows.batch([(7, 1_790_000_000_123, []), (9, nil, []), (10, 1_790_000_001_000, [])])])
        guard case .flushed = writer.flush(all: true) else { return #expect(Bool(false), "not flushed") }
        let found = try Python.run(
            """
            import sys, glob, duckdb, pyarrow.parquet as pq
            files = sorted(glob.glob(sys.argv[1] + "/lsst*/**/*.parquet", recursive=True))
            for path in files: print(pq.read_table(path, partitioning=None).schema.field(1).type, pq.read_table(path, partitioning=None).num_rows)
            print(duckdb.sql(f"select kafka_offset, epoch_ms(kafka_timestamp) from read_parquet({files}) order by 1").fetchall())
            """, [local.root])
        #expect(
            found == """
                timestamp[ms, tz=UTC] 1
                timestamp[ms, tz=UTC] 2
                [(7, 1790000000123), (9, None), (10, 1790000001000)]

                """)
    }
}
