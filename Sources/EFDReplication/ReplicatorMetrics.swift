import EFDCore

/// The metrics of one topic, or of all topics together without `--metrics-by-topic`.
struct TopicMetrics: Sendable {
    let records: Counter
    let bytes: Counter
    let lag: Gauge
    let age: Gauge
    let latency: Histogram

    func set(_ lag: TopicLag, now: Double) {
        self.lag.set(Int(lag.records))
        age.set(lag.age(now: now))
    }
}

/// The metrics of a replicator. Handles are created once; counters are updated once per run of records or per
/// transaction.
struct ReplicatorMetrics: Sendable {
    private let metrics: Metrics
    private let byTopic: Bool
    let committed: Counter
    let aborted: Counter
    let commitSeconds: Histogram
    let looped: Counter
    let repeated: Counter
    let losses: Counter
    let lost: Counter
    let lanes: Gauge
    let threads: Gauge
    let utilisation: Gauge
    private let stalled: Gauge
    /// The same under the name of version 0.1.
    private let heldUp: Gauge
    let topics: Gauge
    let exactlyOnce: Gauge
    let topicsCreated: Counter
    let partitionsAdded: Counter
    let configurations: Counter

    /// `byTopic`: one series per topic for records, bytes, lag, age and latency.
    init(_ metrics: Metrics, byTopic: Bool) {
        self.metrics = metrics
        self.byTopic = byTopic
        committed = metrics.counter(
            "efd_transactions_total", "Transactions at the target, by their end.", ["end": "committed"])
        aborted = metrics.counter(
            "efd_transactions_total", "Transactions at the target, by their end.", ["end": "failed"])
        commitSeconds = metrics.histogram(
            "efd_commit_duration_seconds", "Time from the last record of a transaction to its commit.")
        looped = metrics.counter("efd_records_looped_total", "Records excluded because they came from the target.")
        repeated = metrics.counter(
            "efd_records_reread_total", "Records read again and skipped: copied before.")
        losses = metrics.counter(
            "efd_source_losses_total",
            "Losses of source partitions before their records were copied: deleted, truncated or recreated.")
        lost = metrics.counter(
            "efd_source_lost_records_total", "Offsets that the source deleted before they were copied.")
        lanes = metrics.gauge("efd_lanes", "Lanes of this process.")
        threads = metrics.gauge("efd_copy_threads", "Running copy threads.")
        utilisation = metrics.gauge(
            "efd_copy_utilisation_ratio", "Share of their time that the copy threads are busy.")
        stalled = metrics.gauge(
            "efd_partitions_stalled", "Partitions and lanes that are not copied while others are, see /readyz.")
        heldUp = metrics.gauge("efd_held_up", "Former name of efd_partitions_stalled, for one version.")
        topics = metrics.gauge("efd_topics", "Source topics that are copied.")
        exactlyOnce = metrics.gauge(
            "efd_exactly_once", "1 if records are copied in transactions, 0 if they may be copied twice after a fault.")
        topicsCreated = metrics.counter("efd_topics_created_total", "Topics created at the target.")
        partitionsAdded = metrics.counter(
            "efd_topic_growths_total", "Increases of the number of partitions of topics at the target.")
        configurations = metrics.counter(
            "efd_topic_configurations_changed_total", "Changes of topics' properties at the target.")
        if !byTopic { _ = topic("all") }
    }

    /// - Parameter count: partitions and lanes that are stalled now.
    func setStalled(_ count: Int) {
        stalled.set(count)
        heldUp.set(count)
    }

    func topic(_ name: String) -> TopicMetrics {
        let label = byTopic ? name : "all"
        return TopicMetrics(
            records: metrics.counter(
                "efd_records_copied_total", "Records copied and committed at the target.", ["topic": label]),
            bytes: metrics.counter("efd_bytes_copied_total", "Bytes of keys and values copied.", ["topic": label]),
            lag: metrics.gauge(
                "efd_replication_lag_records", "Records of the source that are not read yet.", ["topic": label]),
            age: metrics.gauge(
                "efd_replication_age_seconds",
                "Time since the last copy's timestamp, of the partition with the largest; 0 without lag.",
                ["topic": label]
            ),
            latency: metrics.histogram(
                "efd_record_latency_seconds", "Time from a record's timestamp to its commit at the target.",
                ["topic": label]))
    }
}
