/// One record in a spool segment: length, checksum, then timestamp, key, topic and value. Little-endian.
struct SpoolFrame: Equatable {
    let topic: String
    /// nil is Kafka's null.
    let key: ArraySlice<UInt8>?
    let value: ArraySlice<UInt8>?
    /// Milliseconds since 1970.
    let timestamp: Int64

    /// Bytes of length and checksum.
    private static let headCount = 8
    /// Timestamp, sizes of topic, key and value (-1: null).
    private static let sizesCount = 20

    static func encode(topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestamp: Int64)
        -> [UInt8]
    {
        let name = Array(topic.utf8)
        let body = sizesCount + name.count + (key?.count ?? 0) + (value?.count ?? 0)
        var frame: [UInt8] = []
        frame.reserveCapacity(headCount + body)
        append(UInt32(body), to: &frame)
        append(UInt32(0), to: &frame)
        append(timestamp, to: &frame)
        append(Int32(name.count), to: &frame)
        append(Int32(key?.count ?? -1), to: &frame)
        append(Int32(value?.count ?? -1), to: &frame)
        frame += name
        if let key { frame.append(contentsOf: key) }
        if let value { frame.append(contentsOf: value) }
        let sum = checksum(frame[headCount...])
        withUnsafeBytes(of: sum.littleEndian) { bytes in
            for (index, byte) in bytes.enumerated() { frame[4 + index] = byte }
        }
        return frame
    }

    /// The frames of a segment, up to the first torn one. `torn` counts the bytes from there on.
    static func decode(_ bytes: [UInt8]) -> (frames: [SpoolFrame], torn: Int) {
        var frames: [SpoolFrame] = []
        var at = 0
        while at + headCount <= bytes.count {
            let count = Int(load(bytes, at, as: UInt32.self))
            let start = at + headCount
            guard count >= sizesCount, count <= bytes.count - start else { break }
            let body = bytes[start..<start + count]
            guard checksum(body) == load(bytes, at + 4, as: UInt32.self), let frame = SpoolFrame(body) else { break }
            frames.append(frame)
            at = start + count
        }
        return (frames, bytes.count - at)
    }

    private init?(_ body: ArraySlice<UInt8>) {
        let bytes = Array(body)
        let sizes = [12, 16].map { Int(Self.load(bytes, $0, as: Int32.self)) }
        let nameCount = Int(Self.load(bytes, 8, as: Int32.self))
        guard nameCount >= 0, sizes.allSatisfy({ $0 >= -1 }),
            Self.sizesCount + nameCount + sizes.reduce(0, { $0 + max(0, $1) }) == bytes.count
        else {
            return nil
        }
        var at = Self.sizesCount + nameCount
        topic = String(decoding: bytes[Self.sizesCount..<at], as: UTF8.self)
        key = sizes[0] < 0 ? nil : bytes[at..<at + sizes[0]]
        at += max(0, sizes[0])
        value = sizes[1] < 0 ? nil : bytes[at..<at + sizes[1]]
        timestamp = Self.load(bytes, 0, as: Int64.self)
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func load<Value: FixedWidthInteger>(_ bytes: [UInt8], _ at: Int, as type: Value.Type) -> Value {
        bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: type)) }
    }

    /// FNV-1a: detects torn frames; not a defence against forgery.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
