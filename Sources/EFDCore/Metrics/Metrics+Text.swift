extension Metrics {
    /// Every metric in the Prometheus text format, version 0.0.4.
    public var text: String { text(of: []) }

    /// The metrics of these names in the Prometheus text format; empty: all.
    public func text(of names: Set<String>) -> String {
        var out = ""
        for (name, family) in families() where names.isEmpty || names.contains(name) {
            out += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n"
            for series in family.series {
                let braces = Self.braces(series.labels)
                switch series.cell {
                case .counter(let counter): out += "\(name)\(braces) \(counter.value)\n"
                case .gauge(let gauge): out += "\(name)\(braces) \(Self.number(gauge.value))\n"
                case .histogram(let histogram): out += Self.lines(name, series.labels, histogram)
                }
            }
        }
        return out
    }

    /// Name, kind and help of each family, for the generated reference page.
    public var reference: [(name: String, kind: String, help: String, labels: [String])] {
        families().map { ($0.name, $0.family.kind, $0.family.help, $0.family.series.first?.labels.map(\.name) ?? []) }
    }

    private static func lines(_ name: String, _ labels: [(name: String, value: String)], _ histogram: Histogram)
        -> String
    {
        let (counts, sum) = histogram.snapshot
        var out = ""
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
            out += "\(name)_bucket\(braces(labels + [("le", bound)])) \(total)\n"
        }
        return out + "\(name)_sum\(braces(labels)) \(number(sum))\n\(name)_count\(braces(labels)) \(total)\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    private static func braces(_ labels: [(name: String, value: String)]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.name)=\"\(escape($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ value: String) -> String {
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
