/// Kafka records kept byte for byte, one after the other in one buffer.
public struct RecordStore: Sendable {
    private struct Place {
        let start: Int
        /// -1 is Kafka's null.
        let keyCount: Int
        let valueCount: Int
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []
    /// Few records have headers; those that do, by row.
    private var headers: [Int: [StoredHeader]] = [:]

    public init() {}

    public var count: Int { places.count }
    public var byteCount: Int { bytes.count + places.count * MemoryLayout<Place>.stride }

    public mutating func append(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        places.append(Place(start: bytes.count, keyCount: key?.count ?? -1, valueCount: value?.count ?? -1))
        if let key { bytes.append(contentsOf: key) }
        if let value { bytes.append(contentsOf: value) }
    }

    public mutating func append(_ message: KafkaMessage) {
        append(key: message.key, value: message.value)
        if let given = message.headers { headers[places.count - 1] = given.map(StoredHeader.init) }
    }

    func headers(of row: Int) -> [StoredHeader] { headers[row] ?? [] }

    /// Key and value of a row; nil is Kafka's null.
    func withRecord<Result>(
        _ row: Int, _ body: (_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        let place = places[row]
        return bytes.withUnsafeBytes { raw in
            let keyEnd = place.start + max(0, place.keyCount)
            let key = place.keyCount < 0 ? nil : UnsafeRawBufferPointer(rebasing: raw[place.start..<keyEnd])
            let value =
                place.valueCount < 0 ? nil : UnsafeRawBufferPointer(rebasing: raw[keyEnd..<keyEnd + place.valueCount])
            return body(key, value)
        }
    }
}
