import EFDCore
import EFDKafka

/// How far a source partition is copied: one record of the progress topic at the target, written in the same
/// transaction as the copies.
///
/// The key is `{"topic":"lsst.sal.X.y","partition":3}`, by the source's names; the topic is compacted, so the last
/// record of a key counts.
public struct ProgressRecord: Sendable, Equatable {
    /// The source partition.
    public let partition: TopicPartition
    /// The source's offset of the next record to copy.
    public var next: Int64
    /// The target's offset behind the last copy; -1 when none was made yet, or where it is not known.
    public var target: Int64 = -1
    /// The last record copied, to tell a source topic that was made anew; nil when none was copied yet.
    public var anchor: Anchor?
    /// Milliseconds since 1970 at which it was written.
    public var written: Int64 = 0

    /// What a source record looked like.
    public struct Anchor: Sendable, Equatable {
        public let offset: Int64
        /// Milliseconds since 1970 as in the record; -1 where it has none.
        public let timestamp: Int64
        /// A checksum of key and value.
        public let checksum: UInt32

        public init(offset: Int64, timestamp: Int64, checksum: UInt32) {
            (self.offset, self.timestamp, self.checksum) = (offset, timestamp, checksum)
        }
    }

    public init(_ partition: TopicPartition, next: Int64) { (self.partition, self.next) = (partition, next) }

    public var key: String { Self.key(partition) }

    static func key(_ partition: TopicPartition) -> String {
        JSON.object(["topic": .string(partition.topic), "partition": .integer(Int64(partition.partition))]).text
    }

    public var value: String {
        var json: JSON.Members = [
            "version": 1, "next": .integer(next), "target": .integer(target), "written": .integer(written),
        ]
        if let anchor {
            json["anchor"] = [
                "offset": .integer(anchor.offset), "timestamp": .integer(anchor.timestamp),
                "checksum": .integer(Int64(anchor.checksum)),
            ]
        }
        return JSON.object(json).text
    }

    /// nil for what is no progress record of a version known here, a tombstone included.
    public init?(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        guard let key, let value, let partition = Self.partition(key), let json = try? JSON.parse(Array(value)),
            json["version"]?.integer == 1,
            let next = json["next"]?.integer
        else { return nil }
        self.init(partition, next: next)
        target = json["target"]?.integer ?? -1
        written = json["written"]?.integer ?? 0
        if let anchor = json["anchor"], let offset = anchor["offset"]?.integer,
            let timestamp = anchor["timestamp"]?.integer,
            let checksum = anchor["checksum"]?.integer.flatMap({ UInt32(exactly: $0) })
        {
            self.anchor = Anchor(offset: offset, timestamp: timestamp, checksum: checksum)
        }
    }

    static func partition(_ key: UnsafeRawBufferPointer) -> TopicPartition? {
        guard let json = try? JSON.parse(Array(key)), let topic = json["topic"]?.string,
            let partition = json["partition"]?.integer.flatMap({ Int32(exactly: $0) })
        else { return nil }
        return TopicPartition(topic, partition)
    }
}
