import EFDAvro
import EFDCore

/// Observes how long stored rows took from their sender, by SAL's `private_efdStamp` (UTC seconds of the sender's
/// stamp).
enum LatencyMeter {
    static func observe(_ batches: [TopicBatch], in histogram: Histogram) {
        let now = WallClock.seconds()
        for batch in batches {
            guard let stamps = batch.columns.float64("private_efdStamp") else { continue }
            histogram.observe(stamps.lazy.filter(\.isFinite).map { max(0, now - $0) })
        }
    }
}
