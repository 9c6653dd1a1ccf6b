/// Kafka records, byte for byte, in one buffer.
public struct RecordStore: Sendable {
    private struct Entry {
        let start: Int
        /// -1 is Kafka's null.
        let keyCount: Int
        let valueCount: Int
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Headers by row, for the few records that have any.
    private var headers: [Int: [StoredHeader]] = [:]

    public init() {}

    public var count: Int { entries.count }
    public var byteCount: Int { bytes.count + entries.count * MemoryLayout<Entry>.stride }

    public mutating func append(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        entries.append(Entry(start: bytes.count, keyCount: key?.count ?? -1, valueCount: value?.count ?? -1))
        if let key { bytes.append(contentsOf: key) }
        if let value { bytes.append(contentsOf: value) }
    }

    public mutating func append(_ message: KafkaMessage) {
        append(key: message.key, value: message.value)
        if let given = message.headers { headers[entries.count - 1] = given.map(StoredHeader.init) }
    }

    func headers(of row: Int) -> [StoredHeader] { headers[row] ?? [] }

    /// Key and value of a row; nil is Kafka's null.
    func withRecord<Result>(
        _ row: Int, _ body: (_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        let entry = entries[row]
        return bytes.withUnsafeBytes { raw in
            let keyEnd = entry.start + max(0, entry.keyCount)
            let key = entry.keyCount < 0 ? nil : UnsafeRawBufferPointer(rebasing: raw[entry.start..<keyEnd])
            let value =
                entry.valueCount < 0 ? nil : UnsafeRawBufferPointer(rebasing: raw[keyEnd..<keyEnd + entry.valueCount])
            return body(key, value)
        }
    }
}
