/// The metrics of a process at one moment, read from its Prometheus text.
public struct MetricsSnapshot: Sendable {
    public struct Series: Sendable, Equatable {
        public let labels: [String: String]
        public let value: Double
    }

    private let families: [String: [Series]]

    /// Reads the text format 0.0.4; skips other lines.
    public init(parsing text: String) {
        var families: [String: [Series]] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Self.number(line[line.index(after: space)...]) else {
                continue
            }
            let head = line[..<space]
            let name = head.prefix { $0 != "{" }
            families[String(name), default: []].append(
                Series(labels: Self.labels(head.dropFirst(name.count)), value: value))
        }
        self.families = families
    }

    public func series(_ name: String) -> [Series] { families[name] ?? [] }

    /// The sum of all series of a name; nil if there is none.
    public func sum(_ name: String) -> Double? { families[name].map { $0.reduce(0) { $0 + $1.value } } }

    /// The values of a name by one of its labels.
    public func values(_ name: String, by label: String) -> [String: Double] {
        var values: [String: Double] = [:]
        for series in series(name) { values[series.labels[label] ?? "", default: 0] += series.value }
        return values
    }

    /// The value under which `fraction` of a histogram's observations lie, of those since `earlier`; nil when there are
    /// none.
    public func quantile(_ fraction: Double, of name: String, since earlier: MetricsSnapshot? = nil) -> Double? {
        let before = earlier?.values("\(name)_bucket", by: "le") ?? [:]
        // Summed over the other labels: topics and connectors.
        let buckets = values("\(name)_bucket", by: "le").compactMap { label, count -> (bound: Double, count: Double)? in
            Self.number(label[...]).map { ($0, count - (before[label] ?? 0)) }
        }.sorted { $0.bound < $1.bound }
        guard let total = buckets.last?.count, total > 0 else { return nil }
        var low = (bound: 0.0, count: 0.0)
        for bucket in buckets {
            if bucket.count >= fraction * total {
                guard bucket.bound.isFinite, bucket.count > low.count else { return low.bound }
                return low.bound + (bucket.bound - low.bound) * (fraction * total - low.count)
                    / (bucket.count - low.count)
            }
            low = bucket
        }
        return low.bound
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }

    private static func labels(_ text: Substring) -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text.dropFirst()
        while let equals = rest.firstIndex(of: "="), rest.index(after: equals) < rest.endIndex {
            let name = rest[..<equals].trimmed
            var value = ""
            var at = rest.index(equals, offsetBy: 2)
            while at < rest.endIndex, rest[at] != "\"" {
                if rest[at] == "\\", rest.index(after: at) < rest.endIndex {
                    at = rest.index(after: at)
                    value.append(rest[at] == "n" ? "\n" : rest[at])
                } else {
                    value.append(rest[at])
                }
                at = rest.index(after: at)
            }
            labels[name] = value
            rest = at < rest.endIndex ? rest[rest.index(after: at)...].drop { $0 == "," } : ""
        }
        return labels
    }
}
