import CRdKafka

/// The headers of a record, read in place: valid as long as the record or list they belong to.
public struct KafkaHeaders: Sequence {
    let raw: OpaquePointer

    public var count: Int { rd_kafka_header_cnt(raw) }

    public struct Header {
        public let name: String
        /// nil is Kafka's null, which is not an empty value.
        public let value: UnsafeRawBufferPointer?

        /// The value as text, invalid UTF-8 repaired.
        public var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
    }

    public struct Iterator: IteratorProtocol {
        let raw: OpaquePointer
        var index = 0

        public mutating func next() -> Header? {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard rd_kafka_header_get_all(raw, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name
            else { return nil }
            index += 1
            return Header(
                name: String(cString: name), value: value.map { UnsafeRawBufferPointer(start: $0, count: size) })
        }
    }

    public func makeIterator() -> Iterator { Iterator(raw: raw) }

    /// The last header of that name, which counts.
    public subscript(name: String) -> Header? {
        var found: Header?
        for header in self where header.name == name { found = header }
        return found
    }
}

/// Headers to send, owned by their creator. A producer copies them.
public struct KafkaHeaderList: ~Copyable {
    private let raw: OpaquePointer

    public init(capacity: Int = 8) { raw = rd_kafka_headers_new(capacity) }

    /// A mutable copy of a received record's headers.
    public init(copying headers: KafkaHeaders) { raw = rd_kafka_headers_copy(headers.raw) }

    public func add(_ name: String, _ value: UnsafeRawBufferPointer?) {
        // A null base address would mean null: an empty value needs some address.
        guard let value else {
            _ = rd_kafka_header_add(raw, name, -1, nil, 0)
            return
        }
        withUnsafeBytes(of: 0) { some in
            _ = rd_kafka_header_add(raw, name, -1, value.baseAddress ?? some.baseAddress, value.count)
        }
    }

    public func add(_ name: String, _ text: String) {
        var text = text
        text.withUTF8 { add(name, UnsafeRawBufferPointer($0)) }
    }

    public var view: KafkaHeaders { KafkaHeaders(raw: raw) }

    deinit { rd_kafka_headers_destroy(raw) }
}
