import EFDAvro
import EFDCore
import EFDSink
import Testing

@testable import EFDParquet

/// Names that changed work under the old one as well, for one version.
@Suite struct ParquetSettingsTests {
    private func parse(_ arguments: [String], file: String = "") throws -> Settings {
        try Settings.parse(
            ParquetService.plugin.table, arguments: ["--output", "/efd"] + arguments, environment: ["EFD_CONFIG": "f"]
        ) { (_) throws(EFDError) in Array(file.utf8) }
    }

    @Test func theTimeFieldHasOneNameAndTheOldOnesWork() throws {
        for flag in ["--timestamp-field", "--time-field", "--timestamp.field", "--timestamp"] {
            let settings = try parse([flag, "a", flag, "b,c"], file: "output: /efd")
            #expect(settings[EventTimeSettings.field] == ["a", "b", "c"], "\(flag)")
        }
        #expect(try parse([], file: "time-field: [x, y]")[EventTimeSettings.field] == ["x", "y"])
        #expect(try parse([], file: "timestamp-unit: ns")[EventTimeSettings.unit] == .ns)
        let byDefault = try parse([], file: "output: /efd")
        #expect(byDefault[EventTimeSettings.field] == ["private_efdStamp", "timestamp", "time"])
        #expect(byDefault[EventTimeSettings.unit] == .auto)
    }

    @Test func metricsHaveTheirOldNamesToo() {
        let metrics = Metrics()
        let counts = ParquetMetrics(metrics)
        counts.published(files: 2, bytes: 10, seconds: 1)
        counts.published(files: 1, bytes: 5, seconds: 1)
        counts.buffered(rows: 70, bytes: 900)
        counts.buffered(rows: -20, bytes: -100)
        let found = MetricsSnapshot(parsing: metrics.text)
        for (new, old, value) in [
            ("efd_parquet_file_sets_total", "efd_parquet_generations_total", 2.0),
            ("efd_parquet_buffered_rows", "efd_parquet_held_rows", 50),
            ("efd_parquet_buffered_bytes", "efd_parquet_held_bytes", 800),
        ] {
            #expect(found.sum(new) == value && found.sum(old) == value, "\(new)")
        }
        #expect(found.sum("efd_parquet_files_total") == 3 && found.sum("efd_parquet_bytes_total") == 15)
    }
}
