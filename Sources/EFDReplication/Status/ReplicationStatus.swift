import EFDCore
import EFDKafka

/// The copy progress of each topic. Pure: derived from offsets and progress records.
struct ReplicationStatus {
    private struct Line {
        var partitions = 0
        /// Partitions without copies.
        var untouched = 0
        var lag: Int64 = 0
        /// The timestamp of the last copied record in the partition with the largest lag in time, in milliseconds since
        /// 1970.
        var oldest: Int64?
        var written: Int64 = 0
        var positions: [(partition: Int32, next: Int64)] = []
        var isGone = false
    }

    private let now: Double
    private var lines: [String: Line] = [:]

    /// - Parameter now: seconds since 1970.
    init(now: Double) { self.now = now }

    /// - Parameter range: the offsets of the source.
    mutating func add(_ partition: TopicPartition, _ range: Range<Int64>, _ progress: ProgressRecord?) {
        var line = lines[partition.topic] ?? Line()
        line.partitions += 1
        let next = progress?.next ?? range.lowerBound
        let lag = max(0, range.upperBound - max(next, range.lowerBound))
        line.lag += lag
        if progress == nil, !range.isEmpty { line.untouched += 1 }
        if lag > 0, let stamp = progress?.anchor?.timestamp, stamp >= 0 {
            line.oldest = min(line.oldest ?? stamp, stamp)
        }
        line.written = max(line.written, progress?.written ?? 0)
        line.positions.append((partition.partition, next))
        lines[partition.topic] = line
    }

    /// Copied topics that the source no longer has.
    mutating func addVanished(_ copied: [TopicPartition]) {
        for topic in Set(copied.map(\.topic)) where lines[topic] == nil { lines[topic] = Line(isGone: true) }
    }

    func text(laggingOnly: Bool, width: Int?) -> String {
        var table = TextTable(
            ["TOPIC", "PARTITIONS", "LAG", "AGE", "LAST COPY", "POSITIONS", ""], left: [5, 6], width: width)
        for (topic, line) in lines.sorted(by: { $0.key < $1.key }) where !laggingOnly || line.lag > 0 {
            table.add([
                topic, "\(line.partitions)", "\(line.lag)", age(line),
                line.written > 0 ? Self.span(now - Double(line.written) / 1000) + " ago" : "never",
                Self.positions(line), remark(line),
            ])
        }
        let lag = lines.values.reduce(0) { $0 + $1.lag }
        let behind = lines.values.count { $0.lag > 0 }
        return table.text + "\(lines.count) topics, \(behind) of them behind, by \(lag) records\n"
    }

    /// The age of the target's last record, if the source has more.
    private func age(_ line: Line) -> String {
        guard line.lag > 0 else { return "0 s" }
        return line.oldest.map { Self.span(now - Double($0) / 1000) } ?? "?"
    }

    private func remark(_ line: Line) -> String {
        if line.isGone { return "deleted at the source" }
        return line.untouched > 0 ? "\(line.untouched) partitions not started" : ""
    }

    private static func positions(_ line: Line) -> String {
        let shown = line.positions.sorted { $0.partition < $1.partition }.prefix(4).map { "\($0.partition):\($0.next)" }
            .joined(separator: " ")
        return line.positions.count > 4 ? shown + " …" : shown
    }

    /// `0.3 s`, `42 s`, `7 min`, `5 h`, `3 d`
    static func span(_ seconds: Double) -> String {
        let seconds = max(0, seconds)
        return switch seconds {
        case ..<10: "\((seconds * 10).rounded() / 10) s"
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86400)) d"
        }
    }
}
