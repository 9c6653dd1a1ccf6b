/// A record of an internal topic, in its own memory.
public struct TopicRecord: Sendable, Equatable {
    public var key: [UInt8]?
    /// nil is a tombstone: compaction removes the key.
    public var value: [UInt8]?
    public var headers: [StoredHeader]
    /// `KafkaRecord.anyPartition` selects the partition by the key, like Java's producer.
    public var partition: Int32

    public init(
        key: [UInt8]?, value: [UInt8]?, headers: [StoredHeader] = [], partition: Int32 = KafkaRecord.anyPartition
    ) {
        (self.key, self.value, self.headers, self.partition) = (key, value, headers, partition)
    }
}

/// A header that does not depend on the memory of its record.
public struct StoredHeader: Sendable, Equatable {
    public let name: String
    /// nil is Kafka's null.
    public let value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) { (self.name, self.value) = (name, value) }

    public init(_ header: KafkaHeaders.Header) { self.init(header.name, header.value.map { Array($0) }) }

    public func add(to list: borrowing KafkaHeaderList) {
        guard let value else { return list.add(name, nil as UnsafeRawBufferPointer?) }
        value.withUnsafeBytes { list.add(name, $0) }
    }
}
