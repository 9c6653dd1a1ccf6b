import EFDCore

/// The metrics of one service at one moment; nil: it did not answer.
struct TopSample: Sendable {
    let address: String
    let seconds: Double
    let metrics: MetricsSnapshot?

    var program: String { metrics?.series("efd_build_info").first?.labels["program"] ?? address }
}

/// Two snapshots of the same services, as a table for a terminal or a line for a log.
struct TopScreen {
    let samples: [TopSample]
    let previous: [TopSample]
    let elapsed: Double

    private static let incoming = ["efd_samples_received_total", "efd_records_received_total"]
    private static let outgoing = ["efd_records_forwarded_total", "efd_records_stored_total"]
    private static let lost = [
        "efd_samples_lost", "efd_samples_dropped_total", "efd_records_undelivered_total",
        "efd_offset_gap_records_total",
    ]
    private static let rejected = ["efd_samples_rejected_total", "efd_records_rejected_total"]
    private static let waiting = ["efd_records_in_flight", "efd_consumer_lag_records"]
    private static let latency = "efd_record_latency_seconds"

    /// - Parameter width: characters per line of the terminal; nil: unlimited.
    func table(rows: Int, width: Int? = nil, lineEnd: String) -> String {
        var services = TextTable(
            ["SERVICE", "IN/S", "OUT/S", "OUT", "WAITING", "LOST", "REJECTED", "P50", "P99"], width: width)
        for index in samples.indices { services.add(service(index)) }
        let lines =
            ["EFD data flow, \(Self.time(elapsed)). Ctrl-C ends.", ""] + services.lines + topicLines(rows, width)
        return lines.joined(separator: lineEnd) + lineEnd
    }

    /// One line with the totals of each service.
    var line: String {
        "\(Self.time(elapsed))  "
            + samples.indices.map { index in
                guard let metrics = samples[index].metrics else { return "\(samples[index].program): no answer" }
                let values = [
                    "\(Self.count(rate(index, Self.outgoing)))/s",
                    "waiting \(Self.count(total(metrics, Self.waiting)))",
                    "lost \(Self.count(total(metrics, Self.lost)))",
                    "rejected \(Self.count(total(metrics, Self.rejected)))", "p50 \(quantile(index, 0.5))",
                    "p99 \(quantile(index, 0.99))",
                ]
                return "\(samples[index].program): \(values.joined(separator: ", "))"
            }.joined(separator: "  |  ")
    }

    private func service(_ index: Int) -> [String] {
        guard let metrics = samples[index].metrics else { return [samples[index].program, "silent"] }
        return [
            samples[index].program, Self.count(rate(index, Self.incoming)), Self.count(rate(index, Self.outgoing)),
            Self.count(total(metrics, Self.outgoing)), Self.count(total(metrics, Self.waiting)),
            Self.count(total(metrics, Self.lost)),
            Self.count(total(metrics, Self.rejected)), quantile(index, 0.5), quantile(index, 0.99),
        ]
    }

    // MARK: Topics

    private func topicLines(_ limit: Int, _ width: Int?) -> [String] {
        let forwarded = byTopic("efd_records_forwarded_total")
        let stored = byTopic("efd_records_stored_total")
        let lost = byTopic("efd_topic_samples_lost").now
        let rejected = Self.rejected.map { byTopic($0).now }.reduce([:]) { $0.merging($1, uniquingKeysWith: +) }
        let names = Set(forwarded.now.keys).union(stored.now.keys).subtracting(["all"]).filter {
            (forwarded.now[$0] ?? 0) + (stored.now[$0] ?? 0) > 0
        }
        func speed(_ name: String) -> Double { max(forwarded.rate[name] ?? 0, stored.rate[name] ?? 0) }
        let shown = names.sorted { (speed($0), $1) > (speed($1), $0) }.prefix(limit)
        if shown.isEmpty { return [] }
        var table = TextTable(["TOPIC", "KAFKA/S", "STORED/S", "KAFKA", "STORED", "LOST", "REJECTED"], width: width)
        for name in shown {
            table.add([
                name, Self.decimal(forwarded.rate[name] ?? 0), Self.decimal(stored.rate[name] ?? 0),
                Self.count(forwarded.now[name] ?? 0),
                Self.count(stored.now[name] ?? 0), Self.count(lost[name] ?? 0), Self.count(rejected[name] ?? 0),
            ])
        }
        return [""] + table.lines + (names.count > limit ? ["… and \(names.count - limit) more topics"] : [])
    }

    /// A counter by topic over all services: its value now, and its rate per second since the last snapshot.
    private func byTopic(_ name: String) -> (now: [String: Double], rate: [String: Double]) {
        var now: [String: Double] = [:]
        var rates: [String: Double] = [:]
        for (index, sample) in samples.enumerated() {
            guard let metrics = sample.metrics else { continue }
            let values = metrics.values(name, by: "topic")
            now.merge(values, uniquingKeysWith: +)
            guard let (before, seconds) = before(index) else { continue }
            let earlier = before.values(name, by: "topic")
            rates.merge(
                values.mapValues { $0 }.reduce(into: [:]) {
                    $0[$1.key] = ($1.value - (earlier[$1.key] ?? 0)) / seconds
                }, uniquingKeysWith: +)
        }
        return (now, rates)
    }

    // MARK: Numbers

    private func before(_ index: Int) -> (MetricsSnapshot, Double)? {
        guard index < previous.count, let metrics = previous[index].metrics else { return nil }
        let seconds = samples[index].seconds - previous[index].seconds
        return seconds > 0 ? (metrics, seconds) : nil
    }

    private func rate(_ index: Int, _ names: [String]) -> Double {
        guard let metrics = samples[index].metrics, let (before, seconds) = before(index) else { return 0 }
        return max(0, total(metrics, names) - total(before, names)) / seconds
    }

    private func total(_ metrics: MetricsSnapshot, _ names: [String]) -> Double {
        names.reduce(0) { $0 + (metrics.sum($1) ?? 0) }
    }

    private func quantile(_ index: Int, _ fraction: Double) -> String {
        guard let seconds = samples[index].metrics?.quantile(fraction, of: Self.latency, since: before(index)?.0) else {
            return "-"
        }
        return seconds < 1 ? "\(Self.decimal(seconds * 1000)) ms" : "\(Self.decimal(seconds)) s"
    }

    private static func count(_ value: Double) -> String { String(Int(value.rounded())) }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds)
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}
