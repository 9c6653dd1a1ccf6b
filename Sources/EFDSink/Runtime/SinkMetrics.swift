import EFDCore
import EFDKafka

/// The counters of one topic, or of all topics together without `--metrics-by-topic`.
struct TopicMetrics: Sendable {
    let received: Counter
    let stored: Counter
    let rejected: Counter
}

/// The metrics of a sink. Handles are created once; counters are updated once per run of records or per write batch.
struct SinkMetrics: Sendable {
    private let metrics: Metrics
    private let byTopic: Bool
    let receivedBytes: Counter
    let duplicates: Counter
    let forOtherGroups: Counter
    let retries: Counter
    let writeSeconds: Histogram
    let writeRows: Histogram
    let latency: Histogram
    let inFlight: Gauge
    let lag: Gauge
    let stalled: Gauge
    let quarantined: Gauge
    let lastStored: Gauge
    let gaps: Counter
    let rebalances: Counter

    /// `byTopic`: one series per topic for received, stored and rejected records.
    init(_ metrics: Metrics, byTopic: Bool) {
        self.metrics = metrics
        self.byTopic = byTopic
        receivedBytes = metrics.counter("efd_received_bytes_total", "Bytes of record values read from Kafka.")
        duplicates = metrics.counter(
            "efd_records_repeated_total",
            "Records delivered again within one assignment, and skipped.")
        forOtherGroups = metrics.counter(
            "efd_records_for_other_groups_total",
            "Records that efd dlq replay sent to another consumer group, and skipped here.")
        retries = metrics.counter("efd_write_retries_total", "Failed writes that were retried.")
        writeSeconds = metrics.histogram("efd_write_duration_seconds", "Time of one write to the destination.")
        writeRows = metrics.histogram(
            "efd_write_rows", "Rows of one write.", bounds: [1, 10, 100, 1000, 2500, 5000, 10_000, 50_000])
        latency = metrics.histogram(
            "efd_record_latency_seconds", "Time from a sample's private_sndStamp to its storage.")
        inFlight = metrics.gauge(
            "efd_write_batches_in_flight", "Batches sent to writers and not yet stored.",
            formerly: "efd_parcels_in_flight")
        lag = metrics.gauge("efd_consumer_lag_records", "Records of the assigned partitions that are not stored yet.")
        stalled = metrics.gauge(
            "efd_reader_stalled", "1 if partitions are paused because their writer is full, else 0.")
        quarantined = metrics.gauge(
            "efd_partitions_quarantined", "Partitions paused until a person resolves the cause; see the log.",
            formerly: "efd_partitions_parked")
        lastStored = metrics.gauge(
            "efd_last_stored_timestamp_seconds", "Unix time when records last became durable.")
        gaps = metrics.counter(
            "efd_offset_gap_records_total",
            "Offsets that Kafka deleted before they were read: lost records.")
        rebalances = metrics.counter("efd_rebalances_total", "Changes of the partitions assigned to this process.")
        if !byTopic { _ = topic("all") }
    }

    func topic(_ name: String) -> TopicMetrics {
        let label = byTopic ? name : "all"
        return TopicMetrics(
            received: metrics.counter("efd_records_received_total", "Records read from Kafka.", ["topic": label]),
            stored: metrics.counter("efd_records_stored_total", "Records stored in the destination.", ["topic": label]),
            rejected: metrics.counter(
                "efd_records_rejected_total", "Records sent to the dead-letter topic.", ["topic": label]))
    }

    /// Counts dead letters by reason as well; reasons are error codes, a closed set.
    func countRejected(_ letter: DeadLetter) {
        topic(letter.topic).rejected.add()
        metrics.counter(
            "efd_dead_letters_total", "Records sent to the dead-letter topic, by reason.",
            ["reason": letter.reason.code.description]
        ).add()
    }
}
