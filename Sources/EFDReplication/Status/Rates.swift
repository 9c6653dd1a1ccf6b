import EFDCore
import EFDHTTP

/// The current rates of running replicators, from two snapshots of their metrics.
struct Rates {
    /// One line per address; empty without addresses.
    let text: String

    /// Seconds between the snapshots.
    private static let pause = 2.0

    init(_ urls: [String], stop: StopToken) throws(EFDError) {
        guard !urls.isEmpty else {
            text = ""
            return
        }
        let first = try urls.map { url throws(EFDError) in try Self.look(url) }
        let start = MonotonicClock.seconds()
        stop.wait(seconds: Self.pause)
        var table = TextTable(["REPLICATOR", "RECORDS/S", "MB/S", "TRANSACTIONS/S", "THREADS", "STALLED"])
        for (url, before) in zip(urls, first) {
            let after = try Self.look(url)
            let seconds = MonotonicClock.seconds() - start
            func rate(_ name: String, _ unit: Double = 1) -> String {
                let change = (after.sum(name) ?? 0) - (before.sum(name) ?? 0)
                return "\((change / unit / seconds * 10).rounded() / 10)"
            }
            table.add([
                url, rate("efd_records_copied_total"), rate("efd_bytes_copied_total", 1e6),
                rate("efd_transactions_total"),
                "\(Int(after.sum("efd_copy_threads") ?? 0))",
                "\(Int(after.sum("efd_partitions_stalled") ?? after.sum("efd_held_up") ?? 0))",
            ])
        }
        text = "\n" + table.text
    }

    private static func look(_ url: String) throws(EFDError) -> MetricsSnapshot {
        let answer = try HTTPClient().request(.get, try HTTPURL(url).appending("metrics"))
        guard answer.isSuccess else {
            throw EFDError(
                .replicationMetricsMissing, "\(url)/metrics answers with status \(answer.status)",
                remedy: "Check --metrics-url.")
        }
        return MetricsSnapshot(parsing: answer.text)
    }
}
