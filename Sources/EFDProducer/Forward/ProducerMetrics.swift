import EFDCore

/// The counters of one topic, or of all topics together without `--metrics-by-topic`.
struct LaneMetrics: Sendable {
    let received: Counter
    let forwarded: Counter
    let rejected: Counter
    let lost: Gauge
}

struct ProducerMetrics: Sendable {
    private let metrics: Metrics
    private let byTopic: Bool
    let bytes: Counter
    let undelivered: Counter
    let spooled: Counter
    let repaired: Counter
    let dropped: Counter
    let inFlight: Gauge
    let spoolBytes: Gauge
    let lost: Gauge
    let writers: Gauge
    let doubled: Gauge
    let latency: Histogram

    init(_ metrics: Metrics, byTopic: Bool) {
        self.metrics = metrics
        self.byTopic = byTopic
        bytes = metrics.counter("efd_forwarded_bytes_total", "Bytes of record values passed to the Kafka client.")
        undelivered = metrics.counter(
            "efd_records_undelivered_total", "Records that Kafka did not accept and that could not be spooled: lost.")
        spooled = metrics.counter("efd_records_spooled_total", "Records written to the spool.")
        repaired = metrics.counter(
            "efd_strings_repaired_bytes_total", "Bytes of strings that were not UTF-8 and were read as Latin-1.",
            formerly: "efd_strings_mended_bytes_total")
        dropped = metrics.counter(
            "efd_samples_dropped_total", "Samples that DDS dropped because they do not fit their type.")
        inFlight = metrics.gauge(
            "efd_records_in_flight", "Records passed to the Kafka client and not yet acknowledged.")
        spoolBytes = metrics.gauge("efd_spool_bytes", "Bytes in the spool.")
        lost = metrics.gauge(
            "efd_samples_lost",
            "Samples that never arrived, by private_seqNum, counted from the first sample seen of each writer.")
        writers = metrics.gauge("efd_dds_writers", "DDS writers that match our readers.")
        doubled = metrics.gauge(
            "efd_topics_doubled", "Topics that another salkafka-producer forwards to the same Kafka, too.")
        latency = metrics.histogram(
            "efd_record_latency_seconds",
            "Time from a sample's private_sndStamp to Kafka's acknowledgement of its record.")
        if !byTopic { _ = lane("all") }
    }

    func lane(_ topic: String) -> LaneMetrics {
        let label = byTopic ? topic : "all"
        return LaneMetrics(
            received: metrics.counter("efd_samples_received_total", "Samples received from DDS.", ["topic": label]),
            forwarded: metrics.counter(
                "efd_records_forwarded_total", "Records that Kafka acknowledged.", ["topic": label]),
            rejected: metrics.counter(
                "efd_samples_rejected_total", "Samples sent to the dead-letter topic.", ["topic": label]),
            // Topics cannot share one gauge, they would overwrite it: the sum is a separate one.
            lost: byTopic
                ? metrics.gauge(
                    "efd_topic_samples_lost", "Lost samples of one topic, as efd_samples_lost.", ["topic": topic])
                : Gauge())
    }
}
