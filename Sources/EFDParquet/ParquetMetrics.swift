import EFDCore
import Synchronization

/// What the writers count, beside what the runtime does.
final class ParquetMetrics: Sendable {
    let storeRetries: Counter
    private let files: Counter
    private let bytes: Counter
    private let fileSets: Counter
    private let publishSeconds: Histogram
    private let bufferedRows: Gauge
    private let bufferedBytes: Gauge
    private let rowsNow = Atomic<Int>(0)
    private let bytesNow = Atomic<Int>(0)

    init(_ metrics: Metrics) {
        files = metrics.counter("efd_parquet_files_total", "Files published.")
        bytes = metrics.counter("efd_parquet_bytes_total", "Bytes of the files published.")
        fileSets = metrics.counter(
            "efd_parquet_file_sets_total", "Times that a partition's rows were published, as one file or several.",
            formerly: "efd_parquet_generations_total")
        storeRetries = metrics.counter(
            "efd_parquet_store_retries_total", "Requests to an object store that were tried again.")
        bufferedBytes = metrics.gauge(
            "efd_parquet_buffered_bytes", "Memory of the rows that are not yet published.",
            formerly: "efd_parquet_held_bytes")
        bufferedRows = metrics.gauge(
            "efd_parquet_buffered_rows", "Rows that are not yet published.", formerly: "efd_parquet_held_rows")
        publishSeconds = metrics.histogram(
            "efd_parquet_publish_duration_seconds", "Time to encode and publish the rows of one partition.")
    }

    /// A file set is published.
    ///
    /// - Parameter files: 0 when an earlier attempt had published it already.
    func published(files: Int, bytes: Int, seconds: Double) {
        self.files.add(files)
        self.bytes.add(bytes)
        fileSets.add()
        publishSeconds.observe(seconds)
    }

    /// Changes what all writers buffer.
    func buffered(rows: Int, bytes: Int) {
        bufferedRows.set(rowsNow.add(rows, ordering: .relaxed).newValue)
        bufferedBytes.set(bytesNow.add(bytes, ordering: .relaxed).newValue)
    }
}
