import EFDCore

/// What a page showed at one moment.
struct TopSample: Sendable {
    enum Answer: Sendable {
        case metrics(MetricsSnapshot)
        /// Nothing listens there, or it does not answer.
        case silent
        /// Something else than a service of this suite answers.
        case foreign
    }

    let address: String
    let seconds: Double
    let answer: Answer
    /// The program whose default port this is, if the user named no page.
    var expected: String?

    /// nil: no service of this suite answered.
    var metrics: MetricsSnapshot? { if case .metrics(let metrics) = answer { metrics } else { nil } }

    var program: String { metrics?.series("efd_build_info").first?.labels["program"] ?? expected ?? address }

    /// - Parameter text: the page; nil: no answer.
    init(address: String, expected: String? = nil, seconds: Double, text: String?) {
        self.address = address
        self.expected = expected
        self.seconds = seconds
        let metrics = text.map(MetricsSnapshot.init(parsing:))
        answer =
            switch metrics {
            case nil: .silent
            case let metrics? where metrics.series("efd_build_info").isEmpty: .foreign
            case let metrics?: .metrics(metrics)
            }
    }
}

/// Two snapshots of the same services, as a table for a terminal or a line for a log.
struct TopScreen {
    let samples: [TopSample]
    let previous: [TopSample]
    let elapsed: Double

    private static let incoming = [
        "efd_samples_received_total", "efd_records_received_total", "efd_records_copied_total",
        "efd_registry_requests_total",
    ]
    private static let outgoing = [
        "efd_records_forwarded_total", "efd_records_stored_total", "efd_records_copied_total",
    ]
    private static let lost = [
        "efd_samples_lost", "efd_samples_dropped_total", "efd_records_undelivered_total",
        "efd_offset_gap_records_total", "efd_source_lost_records_total",
    ]
    private static let rejected = ["efd_samples_rejected_total", "efd_records_rejected_total"]
    private static let waiting = [
        "efd_records_in_flight", "efd_consumer_lag_records", "efd_replication_lag_records",
    ]
    private static let buffered = ["efd_parquet_buffered_rows"]
    private static let latency = "efd_record_latency_seconds"

    /// - Parameters:
    ///   - rows: maximum number of topics.
    ///   - size: of the terminal; nil: unlimited.
    func table(rows: Int, size: Terminal.Size? = nil, lineEnd: String) -> String {
        let services = FittedTable(
            ["SERVICE", "IN/S", "OUT/S", "OUT", "WAITING", "BUFFERED", "LOST", "REJECTED", "P50", "P99"],
            dropping: [3, 9, 1, 8, 5, 7, 6],
            rows: samples.indices.filter { isShown($0) }.map(service))
        let head = ["EFD data flow, \(Self.time(elapsed)). Ctrl-C ends.", ""]
        let above = head + (hasService ? services.lines(width: size?.columns) : []) + remarks(size?.columns)
        // The cursor stands in the line after the last.
        let room = size.map { $0.rows - above.count - 4 } ?? rows
        let topics = room > 0 ? topicLines(min(rows, room), size?.columns) : []
        var lines = above + topics
        if let size { lines = lines.prefix(max(1, size.rows - 1)).map { String($0.prefix(size.columns)) } }
        return lines.joined(separator: lineEnd) + lineEnd
    }

    /// One line with the totals of each service.
    var line: String {
        let services = samples.indices.filter { isShown($0) }.map { index in
            guard let metrics = samples[index].metrics else {
                return "\(samples[index].program): \(Self.reason(samples[index]))"
            }
            var values = [
                "\(Self.count(rate(index, Self.outgoing)))/s", "waiting \(Self.count(total(metrics, Self.waiting)))",
                "lost \(Self.count(total(metrics, Self.lost)))",
                "rejected \(Self.count(total(metrics, Self.rejected)))", "p50 \(quantile(index, 0.5))",
                "p99 \(quantile(index, 0.99))",
            ]
            if metrics.sum(Self.buffered[0]) != nil {
                values.insert("buffered \(Self.count(total(metrics, Self.buffered)))", at: 2)
            }
            return "\(samples[index].program): \(values.joined(separator: ", "))"
        }
        return "\(Self.time(elapsed))  " + (services.isEmpty ? remarks() : services).joined(separator: "  |  ")
    }

    var hasService: Bool { samples.contains { $0.metrics != nil } }

    // MARK: Services

    /// Default ports without a service are only counted.
    private func isShown(_ index: Int) -> Bool { samples[index].expected == nil || samples[index].metrics != nil }

    private static func reason(_ sample: TopSample) -> String {
        if case .foreign = sample.answer { return "answers, but not as a service of this suite" }
        return "no answer"
    }

    private func service(_ index: Int) -> [String] {
        guard let metrics = samples[index].metrics else {
            return [samples[index].program] + Array(repeating: "-", count: 9)
        }
        func cell(_ names: [String]) -> String {
            // A number that the service does not have is not 0.
            names.allSatisfy { metrics.sum($0) == nil } ? "-" : Self.count(total(metrics, names))
        }
        func speed(_ names: [String]) -> String {
            names.allSatisfy { metrics.sum($0) == nil } ? "-" : Self.count(rate(index, names))
        }
        return [
            samples[index].program, speed(Self.incoming), speed(Self.outgoing), cell(Self.outgoing),
            cell(Self.waiting), cell(Self.buffered), cell(Self.lost), cell(Self.rejected), quantile(index, 0.5),
            quantile(index, 0.99),
        ]
    }

    /// What the tables cannot show, and why.
    private func remarks(_ width: Int? = nil) -> [String] {
        var remarks: [String] = []
        for sample in samples where sample.metrics == nil && sample.expected == nil {
            remarks.append("\(sample.address): \(Self.reason(sample))")
        }
        let silent = samples.filter { $0.metrics == nil && $0.expected != nil }
        remarks += Self.wrapped("not there", silent.map { "\($0.program) (\($0.address))" }, width)
        let totals = samples.filter { sample in
            Self.outgoing.contains { sample.metrics?.values($0, by: "topic")["all"] ?? 0 > 0 }
        }
        remarks += Self.wrapped("without topics, for lack of --metrics-by-topic", totals.map(\.program), width)
        return remarks.isEmpty ? [] : [""] + remarks
    }

    /// `LEAD: item, item`, in lines of at most `width` characters.
    private static func wrapped(_ lead: String, _ items: [String], _ width: Int?) -> [String] {
        if items.isEmpty { return [] }
        var lines = ["\(lead):"]
        for (index, item) in items.enumerated() {
            let text = index + 1 < items.count ? "\(item)," : item
            if lines[lines.count - 1].count + 1 + text.count <= width ?? .max {
                lines[lines.count - 1] += " \(text)"
            } else {
                lines.append("  \(text)")
            }
        }
        return lines
    }

    // MARK: Topics

    private func topicLines(_ limit: Int, _ width: Int?) -> [String] {
        let stages = ["efd_records_forwarded_total", "efd_records_copied_total", "efd_records_stored_total"].map(
            byTopic)
        let lost = byTopic("efd_topic_samples_lost").now
        let rejected = Self.rejected.map { byTopic($0).now }.reduce([:]) { $0.merging($1, uniquingKeysWith: +) }
        let names = stages.reduce(into: Set<String>()) { $0.formUnion($1.now.keys) }.subtracting(["all"]).filter {
            name in stages.contains { $0.now[name] ?? 0 > 0 }
        }
        func speed(_ name: String) -> Double { stages.map { $0.rate[name] ?? 0 }.max() ?? 0 }
        let shown = names.sorted { (speed($0), $1) > (speed($1), $0) }.prefix(limit)
        if shown.isEmpty { return [] }
        // Stages that no service of the list has are omitted.
        let titles = ["KAFKA", "COPIED", "STORED"]
        let present = stages.indices.filter { !stages[$0].now.isEmpty }
        let header =
            ["TOPIC"] + present.map { "\(titles[$0])/S" } + present.map { titles[$0] } + ["LOST", "REJECTED"]
        let rows = shown.map { name in
            [name] + present.map { Self.decimal(stages[$0].rate[name] ?? 0) }
                + present.map { Self.count(stages[$0].now[name] ?? 0) }
                + [Self.count(lost[name] ?? 0), Self.count(rejected[name] ?? 0)]
        }
        let table = FittedTable(header, dropping: Array((1 + present.count..<header.count).reversed()), rows: rows)
        return [""] + table.lines(width: width)
            + (names.count > limit ? ["… and \(names.count - limit) more topics"] : [])
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
            let rate = values.map { ($0.key, ($0.value - (earlier[$0.key] ?? 0)) / seconds) }
            rates.merge(rate, uniquingKeysWith: +)
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

    private static func count(_ value: Double) -> String { Int(exactly: value.rounded()).map(String.init) ?? "?" }

    private static func decimal(_ value: Double) -> String {
        guard let tenths = Int(exactly: (value * 10).rounded()) else { return "?" }
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds)
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}

/// A table that omits columns until its lines fit the terminal.
private struct FittedTable {
    private let header: [String]
    private let dropping: [Int]
    private let rows: [[String]]

    private static let leastNameWidth = 12

    /// - Parameter dropping: numbers of columns, the least important first.
    init(_ header: [String], dropping: [Int], rows: [[String]]) {
        (self.header, self.dropping, self.rows) = (header, dropping, rows)
    }

    func lines(width: Int?) -> [String] {
        var kept = Array(header.indices)
        var rest = dropping[...]
        while let width, needs(kept) > width, let dropped = rest.popFirst() { kept.removeAll { $0 == dropped } }
        var table = TextTable(kept.map { header[$0] }, width: width)
        for row in rows { table.add(kept.map { row[$0] }) }
        return table.lines
    }

    /// The least width of a line with these columns.
    private func needs(_ columns: [Int]) -> Int {
        columns.dropFirst().reduce(Self.leastNameWidth) { sum, column in
            sum + 2 + ([header] + rows).reduce(0) { max($0, $1[column].count) }
        }
    }
}
