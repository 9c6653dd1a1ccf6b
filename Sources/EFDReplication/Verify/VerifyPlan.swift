import EFDCore
import EFDKafka

/// The partitions to compare, with start and end.
struct VerifyPlan {
    var pairs: [PartitionPair] = []
    /// Partitions that the target lacks.
    var absent: [PartitionPair] = []

    private typealias Range64 = Range<Int64>

    /// - Parameters:
    ///   - since: records from that time on, in milliseconds since 1970; nil: all.
    ///   - rename: the target's name of a source topic.
    init(
        source: KafkaAdmin, target: KafkaAdmin, since: Int64?, wants: (String) -> Bool, rename: (String) -> String
    ) throws(EFDError) {
        let topics = try source.describeTopics().filter { wants($0.name) }.sorted { $0.name < $1.name }
        let there = Dictionary(try target.describeTopics().map { ($0.name, Set($0.partitions.map(\.id))) }) { one, _ in
            one
        }
        var known: [(source: TopicPartition, target: TopicPartition)] = []
        var missing: [(source: TopicPartition, target: TopicPartition)] = []
        for topic in topics {
            let name = rename(topic.name)
            for partition in topic.partitions.map(\.id).sorted() {
                let pair = (source: TopicPartition(topic.name, partition), target: TopicPartition(name, partition))
                if there[name]?.contains(partition) == true { known.append(pair) } else { missing.append(pair) }
            }
        }
        // The target's ends first: records before them were copied from before the source's.
        let targets = try Ranges(target, known.map(\.target), since)
        let sources = try Ranges(source, known.map(\.source) + missing.map(\.source), since)
        pairs = known.map { pair in
            PartitionPair(
                source: pair.source, target: pair.target, sourceRange: sources.range(pair.source),
                targetRange: targets.range(pair.target),
                sourceStart: sources.start(pair.source), targetStart: targets.start(pair.target))
        }
        absent = missing.map { pair in
            PartitionPair(
                source: pair.source, target: pair.target, sourceRange: sources.range(pair.source), targetRange: 0..<0,
                sourceStart: sources.start(pair.source), targetStart: 0)
        }
    }

    /// The offsets of one cluster's partitions.
    private struct Ranges {
        private let starts: [TopicPartition: Int64]
        private let lows: [TopicPartition: Int64]
        private let highs: [TopicPartition: Int64]

        init(_ admin: KafkaAdmin, _ partitions: [TopicPartition], _ since: Int64?) throws(EFDError) {
            highs = Self.table(try admin.offsets(of: partitions, at: .latest))
            lows = Self.table(try admin.offsets(of: partitions, at: .earliest))
            starts = if let since { Self.table(try admin.offsets(of: partitions, at: .time(since))) } else { lows }
        }

        func range(_ partition: TopicPartition) -> Range64 {
            let low = max(0, lows[partition] ?? 0)
            return low..<max(low, highs[partition] ?? 0)
        }

        /// No record is as recent: the end.
        func start(_ partition: TopicPartition) -> Int64 {
            guard let start = starts[partition], start >= 0 else { return range(partition).upperBound }
            return start
        }

        private static func table(_ offsets: [PartitionOffset]) -> [TopicPartition: Int64] {
            Dictionary(offsets.map { ($0.partition, $0.offset) }) { one, _ in one }
        }
    }
}
