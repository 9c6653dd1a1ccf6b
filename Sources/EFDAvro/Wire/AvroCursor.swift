/// Reads Avro's binary encoding from untrusted bytes. Every read checks the end; nothing is allocated.
@frozen
public struct AvroCursor {
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let end: UnsafeRawPointer
    @usableFromInline var position: UnsafeRawPointer
    /// Maximum number of items without bytes: such a count costs its writer nothing.
    @usableFromInline var weightless = AvroCursor.weightlessLimit

    @usableFromInline static let weightlessLimit = 65_536

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any address works, since no byte is read.
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
        if remaining >= 2, case let second = (position + 1).load(as: UInt8.self), second < 0x80 {
            position += 2
            let bits = UInt64(first & 0x7F) | UInt64(second) &<< 7
            return Int64(bitPattern: bits &>> 1) ^ (0 &- Int64(bitPattern: bits & 1))
        }
        let (value, next) = try Self.long(position, end, start)
        position = next
        return value
    }

    /// The multi-byte number at `position`, and its end. Static, without a cursor, so that callers keep theirs in
    /// registers.
    @usableFromInline
    static func long(_ position: UnsafeRawPointer, _ end: UnsafeRawPointer, _ start: UnsafeRawPointer) throws(AvroFault)
        -> (Int64, UnsafeRawPointer)
    {
        if end - position >= 8 {
            let word = UInt64(littleEndian: position.loadUnaligned(as: UInt64.self))
            let ends = ~word & 0x8080_8080_8080_8080
            if ends != 0 {
                // The bytes up to the first without a high bit; three steps join their groups of seven bits.
                var bits = word & (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
                bits = (bits & 0x007F_007F_007F_007F) | ((bits & 0x7F00_7F00_7F00_7F00) &>> 1)
                bits = (bits & 0x0000_3FFF_0000_3FFF) | ((bits & 0x3FFF_0000_3FFF_0000) &>> 2)
                bits = (bits & 0x0000_0000_0FFF_FFFF) | ((bits & 0x0FFF_FFFF_0000_0000) &>> 4)
                return (
                    Int64(bitPattern: bits &>> 1) ^ (0 &- Int64(bitPattern: bits & 1)),
                    position + (ends.trailingZeroBitCount &>> 3 &+ 1)
                )
            }
        }
        return try longByBytes(position, end, start)
    }

    private static func longByBytes(
        _ position: UnsafeRawPointer, _ end: UnsafeRawPointer, _ start: UnsafeRawPointer
    ) throws(AvroFault) -> (Int64, UnsafeRawPointer) {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var at = position
        while true {
            guard at < end else { throw AvroFault(.truncated, at: position - start) }
            let byte = at.load(as: UInt8.self)
            at += 1
            // The tenth byte has only one bit.
            if shift == 63 && byte > 1 { throw AvroFault(.varintTooLong, at: position - start) }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { break }
            shift += 7
        }
        return (Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1), at)
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

    /// The bytes of a `bytes` or `string`, in place.
    @inlinable
    public mutating func sized() throws(AvroFault) -> UnsafeRawBufferPointer {
        let at = offset
        let count = try long()
        guard count >= 0, count <= remaining else {
            throw AvroFault(count < 0 ? .lengthOutOfRange : .truncated, at: at)
        }
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

    /// The number of items in the next block of an array or map; 0 ends it. Each item has at least `minimumBytes`.
    @inlinable
    @inline(__always)
    public mutating func blockCount(minimumBytes: Int) throws(AvroFault) -> Int {
        guard position < end else { throw fault(.truncated) }
        let first = position.load(as: UInt8.self)
        if first == 0 {
            position += 1
            return 0
        }
        // A one-byte count whose items certainly fit.
        let short = Int(first &>> 1)
        if first & 0x81 == 0, minimumBytes > 0, short &* minimumBytes < remaining, minimumBytes < 1 << 31 {
            position += 1
            return short
        }
        let (count, next, rest) = try Self.blockCount(self, minimumBytes)
        position = next
        weightless = rest
        return count
    }

    /// The same for any count. By value, so that callers keep their cursor in registers.
    @usableFromInline
    @inline(never)
    static func blockCount(_ cursor: AvroCursor, _ minimumBytes: Int) throws(AvroFault) -> (
        count: Int, next: UnsafeRawPointer, weightless: Int
    ) {
        var cursor = cursor
        let at = cursor.offset
        var count = try cursor.long()
        if count < 0 {
            // A negative count is followed by the block's size, which lets readers skip it.
            guard count > Int64.min else { throw AvroFault(.lengthOutOfRange, at: at) }
            count = -count
            let size = try cursor.long()
            guard size >= 0, size <= cursor.remaining else { throw AvroFault(.lengthOutOfRange, at: at) }
        }
        if minimumBytes == 0 {
            guard count <= cursor.weightless else { throw AvroFault(.lengthOutOfRange, at: at) }
            return (Int(count), cursor.position, cursor.weightless - Int(count))
        }
        let (bytes, isOver) = Int(count).multipliedReportingOverflow(by: minimumBytes)
        guard !isOver, bytes <= cursor.remaining else { throw AvroFault(.lengthOutOfRange, at: at) }
        return (Int(count), cursor.position, cursor.weightless)
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

/// Validates UTF-8.
enum UTF8Check {
    /// Nearly all text is ASCII: eight bytes per step; the last step overlaps if the length is not a multiple of eight.
    @inline(__always)
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        let count = bytes.count
        var high: UInt64 = 0
        if count >= 8 {
            var index = 0
            while index &+ 8 < count {
                high |= (start + index).loadUnaligned(as: UInt64.self)
                index &+= 8
            }
            high |= (start + (count &- 8)).loadUnaligned(as: UInt64.self)
        } else if count >= 4 {
            high = UInt64(start.loadUnaligned(as: UInt32.self) | (start + (count &- 4)).loadUnaligned(as: UInt32.self))
        } else {
            for index in 0..<count { high |= UInt64((start + index).load(as: UInt8.self)) }
        }
        return high & 0x8080_8080_8080_8080 == 0 || isValidSlow(bytes)
    }

    @inline(never)
    private static func isValidSlow(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }
}
