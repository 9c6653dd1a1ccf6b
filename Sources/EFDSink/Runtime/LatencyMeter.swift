import EFDAvro
import EFDCore

/// Observes the latency of stored rows, from SAL's `private_efdStamp` (the sender's timestamp in UTC seconds).
enum LatencyMeter {
    static func observe(_ batches: [TopicBatch], in histogram: Histogram) {
        let now = WallClock.seconds()
        for batch in batches {
            guard let stamps = batch.columns.float64("private_efdStamp") else { continue }
            histogram.observe(stamps.lazy.filter(\.isFinite).map { max(0, now - $0) })
        }
    }
}
