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

/// The metrics of a replicator. Handles are made once; counters move once per run of records or per transaction.
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

    /// `byTopic`: one series a topic for records, bytes, lag, age and latency.
    init(_ metrics: Metrics, byTopic: Bool) {
        self.metrics = metrics
        self.byTopic = byTopic
        committed = metrics.counter(
            "efd_transactions_total", "Transactions at the target, by their end.", ["end": "committed"])
        aborted = metrics.counter(
            "efd_transactions_total", "Transactions at the target, by their end.", ["end": "failed"])
        commitSeconds = metrics.histogram(
            "efd_commit_duration_seconds", "From the last record of a transaction to its being committed.")
        looped = metrics.counter("efd_records_looped_total", "Records left out because they came from the target.")
        repeated = metrics.counter(
            "efd_records_reread_total", "Records that were read again and passed over: copied before.")
        losses = metrics.counter(
            "efd_source_losses_total",
            "Times that a source partition lost records before they were copied: deleted, truncated or recreated.")
        lost = metrics.counter(
            "efd_source_lost_records_total", "Offsets that the source deleted before they were copied.")
        lanes = metrics.gauge("efd_lanes", "Lanes that this process has.")
        threads = metrics.gauge("efd_copy_threads", "Copy threads that run now.")
        utilisation = metrics.gauge(
            "efd_copy_utilisation_ratio", "Share of their time that the copy threads are at work.")
        stalled = metrics.gauge(
            "efd_partitions_stalled", "Partitions and lanes that are not copied while others are, see /readyz.")
        heldUp = metrics.gauge("efd_held_up", "Former name of efd_partitions_stalled, for one version.")
        topics = metrics.gauge("efd_topics", "Source topics that are copied.")
        exactlyOnce = metrics.gauge(
            "efd_exactly_once", "1 while copies go in transactions, 0 where they may come twice after a fault.")
        topicsCreated = metrics.counter("efd_topics_created_total", "Topics made at the target.")
        partitionsAdded = metrics.counter(
            "efd_topic_growths_total", "Times that a topic at the target was given more partitions.")
        configurations = metrics.counter(
            "efd_topic_configurations_changed_total", "Times that a topic's properties at the target were changed.")
        _ = topic("all")
    }

    /// - Parameter count: partitions and lanes that are not copied now.
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
                "efd_replication_lag_records", "Records of the source that are not yet read here.", ["topic": label]),
            age: metrics.gauge(
                "efd_replication_age_seconds",
                "Time since the last copy's timestamp, of the partition most behind; 0 while none is.", ["topic": label]
            ),
            latency: metrics.histogram(
                "efd_record_latency_seconds", "From a record's timestamp to its being readable at the target.",
                ["topic": label]))
    }
}
