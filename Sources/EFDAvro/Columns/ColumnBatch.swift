import Glibc

/// Rows as columns in Arrow's memory layout: validity bitmaps with one bit per row (least significant first), values of
/// a fixed width, booleans as bits, 32-bit offsets for strings, binaries and lists. Every buffer is aligned to 64
/// bytes.
///
/// A batch has one owner at a time; its pointers are valid until it is changed or freed.
public final class ColumnBatch: @unchecked Sendable {
    public let columns: [Column]
    /// Accessed through a pointer: exclusivity checks of class members would cost time at every access.
    let rows: UnsafeMutablePointer<Rows>
    /// The cells of the columns, then those of lists' children.
    let cells: UnsafeMutablePointer<ColumnCells>
    private let cellCount: Int

    struct Rows {
        var count = 0
        /// Rows for which every top-level column has capacity.
        var capacity = ColumnCells.leastCapacity
    }

    public var rowCount: Int { rows.pointee.count }

    /// An empty batch for the rows of a plan, with initial capacity; it grows.
    public init(_ plan: AvroPlan, capacity: Int = 0) {
        columns = plan.columns
        rows = .allocate(capacity: 1)
        rows.initialize(to: Rows())
        let children = plan.columns.filter { if case .list = $0.kind { true } else { false } }.count
        cellCount = columns.count + children
        cells = .allocate(capacity: max(1, cellCount))
        var child = columns.count
        for (index, column) in columns.enumerated() {
            if case .list(let item) = column.kind {
                (cells + index).initialize(to: ColumnCells(column.kind, nullable: column.isNullable, child: child))
                (cells + child).initialize(to: ColumnCells(item.kind, nullable: column.hasNullableItems, child: -1))
                child += 1
            } else {
                (cells + index).initialize(to: ColumnCells(column.kind, nullable: column.isNullable, child: -1))
            }
        }
        // Offsets have one entry more than rows.
        if capacity >= ColumnCells.leastCapacity { makeRoom(capacity + 1) }
    }

    deinit {
        for index in 0..<cellCount { cells[index].free() }
        cells.deinitialize(count: cellCount)
        cells.deallocate()
        rows.deallocate()
    }

    /// Removes the rows and keeps the memory.
    public func removeAll() { rows.pointee.count = 0 }

    /// Bytes of the rows.
    public var byteCount: Int {
        guard rowCount > 0 else { return 0 }
        var sum = 0
        for index in columns.indices {
            sum += cells[index].byteCount(rowCount)
            let child = cells[index].child
            if child >= 0 { sum += cells[child].byteCount(Int(cells[index].offset(rowCount))) }
        }
        return sum
    }

    /// Allocated bytes, used or not.
    public var allocatedBytes: Int { (0..<cellCount).reduce(0) { $0 + cells[$1].allocatedBytes } }

    @inline(never)
    func grow() { makeRoom(rows.pointee.capacity * 2) }

    private func makeRoom(_ capacity: Int) {
        rows.pointee.capacity = capacity
        for index in columns.indices { cells[index].reserve(capacity, used: rowCount) }
    }

    // MARK: Reading

    public func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }

    /// A column's rows, in place.
    public func view(_ column: Int) -> ColumnView { ColumnView(cells[column], rows: 0..<rowCount) }

    /// The items of a list column, of all rows together; `view(column).range(row)` gives a row's items.
    public func itemView(_ column: Int) -> ColumnView {
        let list = cells[column]
        precondition(list.child >= 0, "the column \(columns[column].name) is not a list")
        return ColumnView(cells[list.child], rows: 0..<Int(list.offset(rowCount)))
    }

    /// The values of a column of doubles; nil if there is no such column.
    public func float64(_ name: String) -> UnsafeBufferPointer<Double>? {
        guard let index = index(of: name), columns[index].kind == .float64 else { return nil }
        return view(index).values(as: Double.self)
    }
}

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

/// Rows of one column, in place: valid until the batch is changed or freed.
public struct ColumnView {
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let bits: UnsafePointer<UInt8>?
    @usableFromInline let bytes: UnsafeRawPointer?
    public let count: Int

    init(_ cells: ColumnCells, rows: Range<Int>) {
        base = UnsafeRawPointer(cells.values)
        bits = cells.validity.map { UnsafePointer($0) }
        bytes = cells.data.map { UnsafeRawPointer($0) }
        count = rows.count
    }

    /// nil: no row is null.
    public var validity: UnsafePointer<UInt8>? { bits }

    /// The buffers in the layout of Arrow's C Data Interface.
    public var valuesPointer: UnsafeRawPointer { base }
    public var dataPointer: UnsafeRawPointer? { bytes }

    @inlinable
    public func isValid(_ row: Int) -> Bool {
        guard let bits else { return true }
        return bits[row >> 3] & (1 << UInt8(row & 7)) != 0
    }

    /// The row of a boolean column.
    @inlinable
    public func boolean(_ row: Int) -> Bool {
        base.load(fromByteOffset: row >> 3, as: UInt8.self) & (1 << UInt8(row & 7)) != 0
    }

    /// The rows of a column of fixed width. Null rows are 0.
    @inlinable
    public func values<Value: BitwiseCopyable>(as type: Value.Type) -> UnsafeBufferPointer<Value> {
        UnsafeBufferPointer(start: base.assumingMemoryBound(to: type), count: count)
    }

    /// The range of the row's bytes or items, by offsets.
    @inlinable
    public func range(_ row: Int) -> Range<Int> {
        let offsets = base.assumingMemoryBound(to: Int32.self)
        return Int(offsets[row])..<Int(offsets[row + 1])
    }

    /// The bytes of a row of a string or binary column.
    @inlinable
    public func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        let range = range(row)
        guard let bytes, !range.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: bytes + range.lowerBound, count: range.count)
    }

    /// The row of a string column as a Swift string: not for hot paths.
    public func string(_ row: Int) -> String { String(decoding: bytes(row), as: UTF8.self) }
}
