/// Writes Avro into memory of sufficient size.
struct AvroOutput {
    var at: UnsafeMutablePointer<UInt8>

    /// Zigzag varint: the same bytes for `int` and `long`.
    @inline(__always)
    mutating func long(_ value: Int64) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        while rest >= 0x80 {
            at.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            at += 1
            rest >>= 7
        }
        at.pointee = UInt8(truncatingIfNeeded: rest)
        at += 1
    }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        at.pointee = value
        at += 1
    }

    @inline(__always)
    mutating func fixed<Value: FixedWidthInteger>(_ value: Value) {
        UnsafeMutableRawPointer(at).storeBytes(of: value.littleEndian, as: Value.self)
        at += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func double(_ value: Double) { fixed(value.bitPattern) }

    /// `count` bytes, unchanged.
    @inline(__always)
    mutating func copy(_ source: UnsafeRawPointer, _ count: Int) {
        UnsafeMutableRawPointer(at).copyMemory(from: source, byteCount: count)
        at += count
    }
}
