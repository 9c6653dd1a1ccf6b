import EFDCore
import Synchronization

/// Metrics of the writers, beside those of the runtime.
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
            "efd_parquet_file_sets_total", "Publications of a partition's rows, as one file or several.",
            formerly: "efd_parquet_generations_total")
        storeRetries = metrics.counter(
            "efd_parquet_store_retries_total", "Retried requests to an object store.")
        bufferedBytes = metrics.gauge(
            "efd_parquet_buffered_bytes", "Memory of unpublished rows.",
            formerly: "efd_parquet_held_bytes")
        bufferedRows = metrics.gauge(
            "efd_parquet_buffered_rows", "Unpublished rows.", formerly: "efd_parquet_held_rows")
        publishSeconds = metrics.histogram(
            "efd_parquet_publish_duration_seconds", "Time to encode and publish the rows of one partition.")
    }

    /// A file set is published.
    ///
    /// - Parameter files: 0 if an earlier attempt had already published it.
    func published(files: Int, bytes: Int, seconds: Double) {
        self.files.add(files)
        self.bytes.add(bytes)
        fileSets.add()
        publishSeconds.observe(seconds)
    }

    /// Adds to the buffered amount of all writers.
    func buffered(rows: Int, bytes: Int) {
        bufferedRows.set(rowsNow.add(rows, ordering: .relaxed).newValue)
        bufferedBytes.set(bytesNow.add(bytes, ordering: .relaxed).newValue)
    }
}
