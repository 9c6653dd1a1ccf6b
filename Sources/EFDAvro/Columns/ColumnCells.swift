import Glibc

/// The buffers of one column, in Arrow's layout. Rows beyond the batch's count are undefined; writing a row sets all of
/// its cells, so that an abandoned row leaves no trace.
@usableFromInline
struct ColumnCells {
    /// Values of a fixed width, bits of booleans, or offsets of strings, binaries and lists.
    @usableFromInline var values: UnsafeMutableRawPointer
    /// One bit per row, 1 for a value; nil: no row is null.
    @usableFromInline var validity: UnsafeMutablePointer<UInt8>?
    /// The bytes of strings and binaries.
    @usableFromInline var data: UnsafeMutableRawPointer?
    @usableFromInline var dataCapacity = 0
    /// Capacity in rows.
    @usableFromInline var capacity = 0
    /// Only for lists: index of the child's cells.
    @usableFromInline let child: Int
    let layout: Layout
    private let isNullable: Bool

    enum Layout: Sendable {
        case bits
        case fixed(Int)
        case offsets(hasData: Bool)
    }

    /// Minimum capacity in rows.
    static let leastCapacity = 8
    /// Arrow recommends 64 bytes, the width of a cache line.
    private static let alignment = 64
    /// Strings up to this length are copied with this fixed width; `data` has that much extra capacity.
    private static let shortCount = 16

    init(_ kind: Column.Kind, nullable: Bool, child: Int) {
        layout =
            switch kind {
            case .boolean: .bits
            case .int32, .float32: .fixed(4)
            case .int64, .float64: .fixed(8)
            case .string, .binary: .offsets(hasData: true)
            case .list: .offsets(hasData: false)
            }
        self.child = child
        isNullable = nullable
        values = Self.allocate(0)
        reserve(Self.leastCapacity, used: 0)
        if case .offsets = layout { values.storeBytes(of: 0, as: Int32.self) }
    }

    func free() {
        Glibc.free(values)
        Glibc.free(validity)
        Glibc.free(data)
    }

    /// Bytes of `rows` rows, with the data of their offsets.
    func byteCount(_ rows: Int) -> Int {
        byteCount(ofValues: rows) + (isNullable ? (rows + 7) / 8 : 0) + (hasData ? Int(offset(rows)) : 0)
    }

    var allocatedBytes: Int {
        Self.rounded(byteCount(ofValues: capacity)) + (isNullable ? Self.rounded((capacity + 7) / 8) : 0)
            + (data == nil ? 0 : Self.rounded(dataCapacity + Self.shortCount))
    }

    private var hasData: Bool { if case .offsets(true) = layout { true } else { false } }

    private func byteCount(ofValues rows: Int) -> Int {
        switch layout {
        case .bits: (rows + 7) / 8
        case .fixed(let width): rows * width
        case .offsets: (rows + 1) * 4
        }
    }

    @inline(__always)
    func offset(_ row: Int) -> Int32 { values.load(fromByteOffset: row &* 4, as: Int32.self) }

    // MARK: Growth

    /// Grows the capacity to `rows` rows, of which `used` are in use.
    @inline(never)
    mutating func reserve(_ rows: Int, used: Int) {
        guard rows > capacity else { return }
        let grown = max(Self.leastCapacity, max(rows, capacity * 2))
        values = Self.grow(
            values, to: byteCount(ofValues: grown), keeping: capacity == 0 ? 0 : byteCount(ofValues: used))
        if isNullable {
            let old = validity
            validity = Self.grow(old.map(UnsafeMutableRawPointer.init), to: (grown + 7) / 8, keeping: (used + 7) / 8)
                .assumingMemoryBound(to: UInt8.self)
        }
        capacity = grown
    }

    @inline(never)
    mutating func reserveData(_ bytes: Int, used: Int) {
        guard bytes > dataCapacity else { return }
        let grown = max(64, max(bytes, dataCapacity * 2))
        data = Self.grow(data, to: grown + Self.shortCount, keeping: used)
        dataCapacity = grown
    }

    private static func grow(_ old: UnsafeMutableRawPointer?, to count: Int, keeping used: Int)
        -> UnsafeMutableRawPointer
    {
        let new = allocate(count)
        if let old {
            if used > 0 { new.copyMemory(from: old, byteCount: used) }
            Glibc.free(old)
        }
        return new
    }

    /// The allocated size for so many bytes.
    private static func rounded(_ count: Int) -> Int { max(alignment, (count + alignment - 1) / alignment * alignment) }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let rounded = rounded(count)
        guard let memory = aligned_alloc(alignment, rounded) else {
            preconditionFailure("out of memory: \(rounded) bytes for a column")
        }
        return memory
    }

    // MARK: Cells

    /// Rows come in order: the bits after this one are undefined and become 0.
    @inline(__always)
    func setBit(_ row: Int, _ isSet: Bool, in bits: UnsafeMutablePointer<UInt8>) {
        let bit = UInt8(truncatingIfNeeded: row) & 7
        let others = bits[row &>> 3] & ((1 &<< bit) &- 1)
        bits[row &>> 3] = others | ((isSet ? 1 : 0) &<< bit)
    }

    /// Marks the row as a value or as null; without a bitmap every row is a value.
    @inline(__always)
    func setValid(_ row: Int, _ isValid: Bool) { if let validity { setBit(row, isValid, in: validity) } }

    @inline(__always)
    func setBoolean(_ row: Int, _ value: Bool) { setBit(row, value, in: values.assumingMemoryBound(to: UInt8.self)) }

    @inline(__always)
    func set<Value: BitwiseCopyable>(_ row: Int, _ value: Value) {
        values.storeBytes(of: value, toByteOffset: row &* MemoryLayout<Value>.size, as: Value.self)
    }

    /// Appends a string or binary as `row`; `readable` bytes may be read at its start. False if 32-bit offsets cannot
    /// address its end.
    @inline(__always)
    mutating func setBytes(_ row: Int, _ bytes: UnsafeRawBufferPointer, readable: Int) -> Bool {
        let start = Int(offset(row))
        let end = start &+ bytes.count
        guard end <= Int(Int32.max) else { return false }
        if end > dataCapacity { reserveData(end, used: start) }
        if let from = bytes.baseAddress, let data {
            if bytes.count <= Self.shortCount && readable >= Self.shortCount {
                // One copy of a fixed width is far cheaper than a call; the next row overwrites the excess.
                (data + start).storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
            } else {
                (data + start).copyMemory(from: from, byteCount: bytes.count)
            }
        }
        set(row &+ 1, Int32(truncatingIfNeeded: end))
        return true
    }

    /// The cell of a null: zero, or an empty range.
    @inline(__always)
    func setEmpty(_ row: Int) {
        switch layout {
        case .bits: setBoolean(row, false)
        case .fixed(4): set(row, UInt32(0))
        case .fixed: set(row, UInt64(0))
        case .offsets: set(row + 1, offset(row))
        }
    }
}
