import EFDCore
import EFDKafka

/// Records of one partition whose offsets are consecutive on both sides: the copy of the source's record `source + i`
/// has offset `target + i`.
public struct CopiedSpan: Sendable, Equatable {
    public let source: Int64
    public let target: Int64
    public let count: Int64

    public init(source: Int64, target: Int64, count: Int64) {
        (self.source, self.target, self.count) = (source, target, count)
    }
}

/// The spans of one source partition that one transaction copied: a record of the offsets topic at the target
/// (`<group>.offsets.internal`), in that same transaction. The topic has time retention, as the copies have. It serves
/// to translate consumer groups' offsets.
///
/// The key is that of a `ProgressRecord`; the value `{"version":1,"topic":"<target's
/// name>","spans":[[source,target,count],…]}`.
public struct SpanRecord: Sendable, Equatable {
    /// The source partition; the target's has the same number.
    public let partition: TopicPartition
    public let targetTopic: String
    /// In the order of offsets.
    public let spans: [CopiedSpan]

    public init(_ partition: TopicPartition, targetTopic: String, spans: [CopiedSpan]) {
        (self.partition, self.targetTopic, self.spans) = (partition, targetTopic, spans)
    }

    public var key: String { ProgressRecord.key(partition) }

    public var value: String {
        let list = spans.map { JSON.array([.integer($0.source), .integer($0.target), .integer($0.count)]) }
        return JSON.object(["version": 1, "topic": .string(targetTopic), "spans": .array(list)]).text
    }

    /// nil for a record that is not a span record of a known version.
    public init?(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        guard let key, let value, let partition = ProgressRecord.partition(key),
            let json = try? JSON.parse(Array(value)),
            json["version"]?.integer == 1, let topic = json["topic"]?.string, let list = json["spans"]?.elements
        else { return nil }
        self.init(
            partition, targetTopic: topic,
            spans: list.compactMap { entry in
                let numbers = entry.elements?.compactMap(\.integer) ?? []
                return numbers.count == 3 ? CopiedSpan(source: numbers[0], target: numbers[1], count: numbers[2]) : nil
            })
    }
}
