import EFDCore

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
