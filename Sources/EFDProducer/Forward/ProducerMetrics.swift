import EFDCore

/// The counters of one topic, or of all topics together where they are not told apart.
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
    let mended: Counter
    let dropped: Counter
    let inFlight: Gauge
    let spoolBytes: Gauge
    let lost: Gauge
    let writers: Gauge
    let latency: Histogram

    init(_ metrics: Metrics, byTopic: Bool) {
        self.metrics = metrics
        self.byTopic = byTopic
        bytes = metrics.counter("efd_forwarded_bytes_total", "Bytes of record values given to Kafka.")
        undelivered = metrics.counter(
            "efd_records_undelivered_total", "Records that Kafka did not take and that could not be kept: lost.")
        spooled = metrics.counter("efd_records_spooled_total", "Records that waited on disk for Kafka.")
        mended = metrics.counter(
            "efd_strings_mended_bytes_total", "Bytes of strings that were not UTF-8 and were read as Latin-1.")
        dropped = metrics.counter(
            "efd_samples_dropped_total", "Samples that DDS dropped because they do not fit their type.")
        inFlight = metrics.gauge("efd_records_in_flight", "Records given to Kafka and not yet acknowledged.")
        spoolBytes = metrics.gauge("efd_spool_bytes", "Bytes that wait on disk for Kafka.")
        lost = metrics.gauge(
            "efd_samples_lost",
            "Samples that were sent after the first one seen of their writer and never arrived, by private_seqNum.")
        writers = metrics.gauge("efd_dds_writers", "DDS writers that match our readers.")
        latency = metrics.histogram(
            "efd_record_latency_seconds",
            "From the sender's stamp of a sample to Kafka's acknowledgement of its record.")
        _ = lane("all")
    }

    func lane(_ topic: String) -> LaneMetrics {
        let label = byTopic ? topic : "all"
        return LaneMetrics(
            received: metrics.counter("efd_samples_received_total", "Samples taken from DDS.", ["topic": label]),
            forwarded: metrics.counter(
                "efd_records_forwarded_total", "Records that Kafka acknowledged.", ["topic": label]),
            rejected: metrics.counter(
                "efd_samples_rejected_total", "Samples that went to the dead-letter topic.", ["topic": label]),
            // One gauge for all would be overwritten by each: the sum has its own.
            lost: byTopic
                ? metrics.gauge(
                    "efd_topic_samples_lost", "Samples lost of one topic, as efd_samples_lost.", ["topic": topic])
                : Gauge())
    }
}
