import EFDCore
import Synchronization

/// What the writers count, beside what the runtime does.
final class ParquetMetrics: Sendable {
    let files: Counter
    let bytes: Counter
    let fileSets: Counter
    let storeRetries: Counter
    let heldBytes: Gauge
    let publishSeconds: Histogram
    private let heldRows: Gauge
    private let rows = Atomic<Int>(0)

    init(_ metrics: Metrics) {
        files = metrics.counter("efd_parquet_files_total", "Files published.")
        bytes = metrics.counter("efd_parquet_bytes_total", "Bytes of the files published.")
        fileSets = metrics.counter(
            "efd_parquet_generations_total", "Times that a partition's rows were published, as one file or several.")
        storeRetries = metrics.counter(
            "efd_parquet_store_retries_total", "Requests to an object store that were tried again.")
        heldBytes = metrics.gauge("efd_parquet_held_bytes", "Memory of the rows that are not yet published.")
        heldRows = metrics.gauge("efd_parquet_held_rows", "Rows that are not yet published.")
        publishSeconds = metrics.histogram(
            "efd_parquet_publish_duration_seconds", "Time to encode and publish the rows of one partition.")
    }

    /// Rows more or less that are held, by any of the writers.
    func note(rows change: Int) { heldRows.set(rows.add(change, ordering: .relaxed).newValue) }
}
