/// Reads Avro's binary encoding from foreign bytes. Every read checks the end; nothing is allocated.
@frozen
public struct AvroCursor {
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let end: UnsafeRawPointer
    @usableFromInline var position: UnsafeRawPointer
    /// How many more items without bytes are believed: such a count costs its writer nothing.
    @usableFromInline var weightless = AvroCursor.weightlessLimit

    @usableFromInline static let weightlessLimit = 65_536

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any will do, since none of its bytes is read.
        start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        end = start + bytes.count
        position = start
    }

    @inlinable public var offset: Int { position - start }
    @inlinable public var remaining: Int { end - position }
    @inlinable public var isAtEnd: Bool { position == end }

    @inlinable
    public func fault(_ reason: AvroFault.Reason) -> AvroFault { AvroFault(reason, at: offset) }

    @inlinable
    public mutating func byte() throws(AvroFault) -> UInt8 {
        guard position < end else { throw fault(.truncated) }
        defer { position += 1 }
        return position.load(as: UInt8.self)
    }

    /// A zigzag number of up to 64 bits.
    @inlinable
    public mutating func long() throws(AvroFault) -> Int64 {
        guard position < end else { throw fault(.truncated) }
        let first = position.load(as: UInt8.self)
        if first < 0x80 {
            position += 1
            return Int64(first >> 1) ^ -Int64(first & 1)
        }
        return try longSlow()
    }

    @usableFromInline
    mutating func longSlow() throws(AvroFault) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var at = position
        while true {
            guard at < end else { throw fault(.truncated) }
            let byte = at.load(as: UInt8.self)
            at += 1
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 { throw fault(.varintTooLong) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        position = at
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// A zigzag number of up to 32 bits.
    @inlinable
    public mutating func int() throws(AvroFault) -> Int32 {
        let at = position
        let value = try long()
        guard let int = Int32(exactly: value) else {
            position = at
            throw fault(.varintTooLong)
        }
        return int
    }

    @inlinable
    public mutating func fixed64() throws(AvroFault) -> UInt64 {
        guard remaining >= 8 else { throw fault(.truncated) }
        defer { position += 8 }
        return UInt64(littleEndian: position.loadUnaligned(as: UInt64.self))
    }

    @inlinable
    public mutating func fixed32() throws(AvroFault) -> UInt32 {
        guard remaining >= 4 else { throw fault(.truncated) }
        defer { position += 4 }
        return UInt32(littleEndian: position.loadUnaligned(as: UInt32.self))
    }

    @inlinable
    public mutating func boolean() throws(AvroFault) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw AvroFault(.invalidBoolean, at: offset - 1) }
        return value == 1
    }

    /// The bytes of a `bytes` or `string`, where they lie.
    @inlinable
    public mutating func sized() throws(AvroFault) -> UnsafeRawBufferPointer {
        let at = offset
        let count = try long()
        guard count >= 0, count <= remaining else { throw AvroFault(count < 0 ? .lengthOutOfRange : .truncated, at: at) }
        return try raw(Int(count))
    }

    /// A `string`.
    public mutating func string() throws(AvroFault) -> String {
        let at = offset
        let text = try sized()
        guard UTF8Check.isValid(text) else { throw AvroFault(.invalidUTF8, at: at) }
        return String(decoding: text, as: UTF8.self)
    }

    @inlinable
    public mutating func raw(_ count: Int) throws(AvroFault) -> UnsafeRawBufferPointer {
        guard count <= remaining else { throw fault(.truncated) }
        defer { position += count }
        return UnsafeRawBufferPointer(start: position, count: count)
    }

    /// The number of items in the next block of an array or map; 0 ends it. Items take `minimumBytes` each at least.
    @inlinable
    public mutating func blockCount(minimumBytes: Int) throws(AvroFault) -> Int {
        let at = offset
        var count = try long()
        if count < 0 {
            // A negative count is followed by the block's size, which is of use to those who skip.
            guard count > Int64.min else { throw AvroFault(.lengthOutOfRange, at: at) }
            count = -count
            let size = try long()
            guard size >= 0, size <= remaining else { throw AvroFault(.lengthOutOfRange, at: at) }
        }
        guard count <= (minimumBytes == 0 ? weightless : remaining / minimumBytes) else { throw AvroFault(.lengthOutOfRange, at: at) }
        if minimumBytes == 0 { weightless -= Int(count) }
        return Int(count)
    }

    /// An index into the branches of a union or the symbols of an enum.
    @inlinable
    public mutating func index(below count: Int) throws(AvroFault) -> Int {
        let at = offset
        let value = try long()
        guard value >= 0, value < count else { throw AvroFault(.indexOutOfRange, at: at) }
        return Int(value)
    }
}

/// Tells UTF-8 from other bytes.
enum UTF8Check {
    @inline(__always)
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        var index = 0
        while index + 8 <= bytes.count {
            if (start + index).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return isValidSlow(bytes) }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] >= 0x80 { return isValidSlow(bytes) }
            index += 1
        }
        return true
    }

    @inline(never)
    private static func isValidSlow(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }
}
