import EFDCore

/// The part of librdkafka's statistics that operators need, as metrics.
struct ClientStatistics: Sendable {
    private let roundTrip: Gauge
    private let roundTripP99: Gauge
    private let throttle: Gauge
    private let brokersUp: Gauge
    private let queued: Gauge
    private let queuedBytes: Gauge

    init(_ metrics: Metrics, role: ClientRole) {
        let role = role.rawValue
        roundTrip = metrics.gauge(
            "efd_kafka_round_trip_seconds", "Mean round trip to the slowest broker.", ["client": role])
        roundTripP99 = metrics.gauge(
            "efd_kafka_round_trip_p99_seconds", "99th percentile of the round trip to the slowest broker.",
            ["client": role])
        throttle = metrics.gauge(
            "efd_kafka_throttle_seconds", "Mean delay of answers by quota.", ["client": role])
        brokersUp = metrics.gauge("efd_kafka_brokers_up", "Brokers with an open connection.", ["client": role])
        queued = metrics.gauge(
            "efd_kafka_queued_records", "Records in the client without the broker's acknowledgement.",
            ["client": role])
        queuedBytes = metrics.gauge(
            "efd_kafka_queued_bytes", "Bytes of the records in efd_kafka_queued_records.", ["client": role])
    }

    /// Returns the number of connected brokers; nil if the document has another structure.
    ///
    /// The list of topics, megabytes with thousands of partitions, follows the brokers and is skipped.
    func update(_ document: UnsafeRawBufferPointer) -> Int? {
        guard let head = Self.head(document), let json = try? JSON.parse(head) else { return nil }
        queued.set(json["msg_cnt"]?.number ?? 0)
        queuedBytes.set(json["msg_size"]?.number ?? 0)
        var up = 0
        var worst = (mean: 0.0, p99: 0.0, throttle: 0.0)
        for (_, broker) in json["brokers"]?.members?.entries ?? [] where broker["state"]?.string == "UP" {
            up += 1
            worst.mean = max(worst.mean, broker["rtt"]?["avg"]?.number ?? 0)
            worst.p99 = max(worst.p99, broker["rtt"]?["p99"]?.number ?? 0)
            worst.throttle = max(worst.throttle, broker["throttle"]?["avg"]?.number ?? 0)
        }
        roundTrip.set(worst.mean / 1e6)
        roundTripP99.set(worst.p99 / 1e6)
        throttle.set(worst.throttle / 1e3)
        brokersUp.set(up)
        return up
    }

    /// The document up to its `topics` member, closed. A topic's name cannot contain a quote, so the text occurs first
    /// at the outer level.
    static func head(_ document: UnsafeRawBufferPointer) -> [UInt8]? {
        let mark = Array(#""topics":{"#.utf8)
        guard document.count > mark.count else { return nil }
        for start in 0...(document.count - mark.count) where document[start] == mark[0] {
            if mark.indices.allSatisfy({ document[start + $0] == mark[$0] }) {
                return Array(document[..<start]) + Array(#""topics":{}}"#.utf8)
            }
        }
        return nil
    }
}
