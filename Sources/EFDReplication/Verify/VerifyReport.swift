import EFDCore
import EFDKafka

/// The output of `replicator verify`.
struct VerifyReport {
    private let results: [PartitionResult]
    private let seconds: Double

    init(_ results: [PartitionResult], seconds: Double) {
        self.results = results.sorted {
            ($0.pair.source.topic, $0.pair.source.partition) < ($1.pair.source.topic, $1.pair.source.partition)
        }
        self.seconds = seconds
    }

    private var topicCount: Int { Set(results.map(\.pair.source.topic)).count }

    func text(byPartition: Bool, width: Int?) -> String {
        let records = results.reduce(0) { $0 + $1.sourceCount }
        let megabytes = Double(results.reduce(0) { $0 + $1.bytes }) / 1e6
        let total =
            "\(topicCount) topics, \(results.count) partitions, \(records) records, \(Self.rounded(megabytes)) MB in "
            + "\(Self.rounded(seconds)) s: "
        return (byPartition ? partitionTable(width) : topicTable(width)) + complaints + total
            + (error == nil ? "equal\n" : "DIFFERENT\n")
    }

    var error: EFDError? {
        let unequal = results.filter { !$0.isEqual }
        guard !unequal.isEmpty else {
            guard results.isEmpty else { return nil }
            return EFDError(
                .replicationNothingToVerify, "the source has no topic that matches",
                remedy: "Check --topic-regex and --source-bootstrap-servers.")
        }
        let differences = unequal.reduce(0) { $0 + $1.differenceCount }
        return EFDError(
            .replicationCopiesDiffer,
            "\(unequal.count) of \(results.count) partitions differ, with \(differences) differences",
            remedy: "The first of them are listed above, with the offsets of both sides.")
    }

    private func topicTable(_ width: Int?) -> String {
        var table = TextTable(
            ["TOPIC", "PARTITIONS", "RECORDS", "COPIES", "MB", "DIFFERENCES", ""], left: [6], width: width)
        for (topic, members) in Dictionary(grouping: results, by: \.pair.source.topic).sorted(by: { $0.key < $1.key }) {
            table.add([
                topic, "\(members.count)", "\(members.reduce(0) { $0 + $1.sourceCount })",
                "\(members.reduce(0) { $0 + $1.targetCount })",
                Self.rounded(Double(members.reduce(0) { $0 + $1.bytes }) / 1e6),
                "\(members.reduce(0) { $0 + $1.differenceCount })",
                Self.verdict(members),
            ])
        }
        return table.text
    }

    private func partitionTable(_ width: Int?) -> String {
        var table = TextTable(
            [
                "TOPIC", "PARTITION", "RECORDS", "COPIES", "SOURCE OFFSETS", "TARGET OFFSETS", "CHECKSUM", "OF COPIES",
                "",
            ], left: [8], width: width)
        for result in results {
            table.add([
                result.pair.source.topic, "\(result.pair.source.partition)", "\(result.sourceCount)",
                "\(result.targetCount)",
                "\(result.pair.sourceStart)–\(result.pair.sourceRange.upperBound)",
                "\(result.pair.targetStart)–\(result.pair.targetRange.upperBound)",
                String(result.sourceSum, radix: 16), String(result.targetSum, radix: 16), Self.verdict([result]),
            ])
        }
        return table.text
    }

    /// The first differences of each partition.
    private var complaints: String {
        var text = ""
        for result in results where !result.isEqual {
            let partition = result.pair.source
            if result.isAbsent { text += "\(partition): the target has no such partition\n" }
            if let error = result.error { text += "\(partition): \(error)\n" }
            text += result.differences.map { "\(partition): \($0)\n" }.joined()
            let others = result.differenceCount - result.differences.count
            if others > 0 { text += "\(partition): and \(others) more\n" }
        }
        return text
    }

    private static func verdict(_ results: [PartitionResult]) -> String {
        results.allSatisfy(\.isEqual) ? "equal" : "DIFFERENT"
    }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
