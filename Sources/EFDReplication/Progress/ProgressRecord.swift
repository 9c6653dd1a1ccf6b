import EFDCore
import EFDKafka

/// The copy progress of a source partition: one record of the progress topic at the target, written in the same
/// transaction as the copies.
///
/// The key is `{"topic":"lsst.sal.X.y","partition":3}`, by the source's names; the topic is compacted, so the last
/// record of a key counts.
public struct ProgressRecord: Sendable, Equatable {
    /// The source partition.
    public let partition: TopicPartition
    /// The source's offset of the next record to copy.
    public var next: Int64
    /// The target's offset after the last copy; -1 if there is none yet, or it is unknown.
    public var target: Int64 = -1
    /// The last copied record, to detect a source topic that was deleted and created again; nil if none is copied yet.
    public var anchor: Anchor?
    /// Milliseconds since 1970 at which it was written.
    public var written: Int64 = 0

    public init(_ partition: TopicPartition, next: Int64) { (self.partition, self.next) = (partition, next) }

    public var key: String { Self.key(partition) }

    static func key(_ partition: TopicPartition) -> String {
        JSON.object(["topic": .string(partition.topic), "partition": .integer(Int64(partition.partition))]).text
    }

    public var value: String {
        var json: JSON.Members = [
            "version": 1, "next": .integer(next), "target": .integer(target), "written": .integer(written),
        ]
        if let anchor { json["anchor"] = anchor.json }
        return JSON.object(json).text
    }

    /// nil for a record that is not a progress record of a known version, including a tombstone.
    public init?(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        guard let key, let value, let partition = Self.partition(key), let json = try? JSON.parse(Array(value)),
            json["version"]?.integer == 1,
            let next = json["next"]?.integer
        else { return nil }
        self.init(partition, next: next)
        target = json["target"]?.integer ?? -1
        written = json["written"]?.integer ?? 0
        anchor = json["anchor"].flatMap(Anchor.init)
    }

    static func partition(_ key: UnsafeRawBufferPointer) -> TopicPartition? {
        guard let json = try? JSON.parse(Array(key)), let topic = json["topic"]?.string,
            let partition = json["partition"]?.integer.flatMap({ Int32(exactly: $0) })
        else { return nil }
        return TopicPartition(topic, partition)
    }
}
