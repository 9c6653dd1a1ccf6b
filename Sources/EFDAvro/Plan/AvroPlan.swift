import EFDCore

/// A writer schema compiled for decoding into columns: a flat list of steps, compiled once, run for every record.
public struct AvroPlan: Sendable {
    public let schema: AvroSchema
    public let columns: [Column]
    let code: PlanCode

    /// Maximum number of columns: nested fields double with every level that refers to a type twice.
    public static let columnLimit = 200_000

    /// Compiles a schema whose top-level type is a record.
    ///
    /// - Throws: `avro.recordExpected` for other schemas, `avro.tooManyColumns`.
    public init(_ schema: AvroSchema) throws(EFDError) {
        guard let record = schema.record else {
            throw EFDError(
                .avroRecordExpected,
                "a topic's schema must be a record to have columns; this one is \(schema.type.word)",
                remedy: "Exclude the topic, or register a record.", recovery: .reject)
        }
        var compiler = PlanCompiler(schema: schema)
        try compiler.compile(record, prefix: "")
        self.schema = schema
        columns = compiler.columns
        code = PlanCode(schema, compiler.steps, enumerations: compiler.enumerations, types: compiler.types)
    }

    /// Decodes one record into the next row of a batch that was made for this plan.
    ///
    /// On a fault the batch is unchanged: a row's cells count only when the row does.
    public func decode(_ bytes: UnsafeRawBufferPointer, into batch: ColumnBatch) throws(AvroFault) {
        let rows = batch.rows
        let row = rows.pointee.count
        // Offsets have one entry more than rows.
        if row + 1 >= rows.pointee.capacity { batch.grow() }
        let run = PlanRun(code, batch.cells)
        do throws(AvroFault) {
            try run.decode(bytes, row)
        } catch {
            // An empty batch has the maximum capacity.
            throw error.isBatchFull && row == 0 ? AvroFault(.tooLarge, at: error.offset) : error
        }
        rows.pointee.count = row + 1
    }
}

/// One step of a plan: the type to read, and its destination column.
struct PlanStep: Sendable {
    enum Operation: UInt8, Sendable {
        case boolean, int, long, float, double, string, bytes
        /// `argument` bytes.
        case fixed
        /// Of the symbols at `argument`.
        case enumeration
        /// See `item`.
        case list
        /// The value's JSON text, of the type at `argument`.
        case json
        /// The same of a union with null and several other branches.
        case jsonOfUnion
    }

    var operation: Operation
    /// Only for lists: the item kind.
    var item: Operation = .boolean
    /// Index of null in the enclosing union; -1: no union.
    var nullIndex: Int8 = -1
    /// The same for a list's items.
    var itemNullIndex: Int8 = -1
    var column: Int32
    var argument: Int32 = 0
    /// The minimum bytes of a list item.
    var itemMinimum: Int32 = 0
    /// Consecutive fields of one type form one step.
    var count: Int32 = 1

    /// Whether `next` reads the same type into the adjacent column.
    func isContinued(by next: PlanStep) -> Bool {
        switch operation {
        case .boolean, .int, .long, .float, .double, .string:
            next.operation == operation && nullIndex < 0 && next.nullIndex < 0 && next.column == column + count
        case .bytes, .fixed, .enumeration, .list, .json, .jsonOfUnion: false
        }
    }
}

/// The code that a plan runs, with plain pointers: a step costs no reference counting.
final class PlanCode: @unchecked Sendable {
    let steps: UnsafeBufferPointer<PlanStep>
    let enumerations: UnsafePointer<Enumeration>
    let symbols: UnsafePointer<UnsafeRawBufferPointer>
    let schema: AvroSchema
    /// Types that are rendered as JSON text.
    let types: [AvroType]

    /// The range of an enum's symbols among all.
    struct Enumeration: BitwiseCopyable {
        let first: Int
        let count: Int
    }

    private let text: UnsafeMutableRawBufferPointer

    init(_ schema: AvroSchema, _ single: [PlanStep], enumerations: [[String]], types: [AvroType]) {
        self.schema = schema
        var steps: [PlanStep] = []
        for step in single {
            if let last = steps.last, last.isContinued(by: step) {
                steps[steps.count - 1].count += 1
            } else {
                steps.append(step)
            }
        }
        self.steps = UnsafeBufferPointer(start: Self.keep(steps), count: steps.count)
        self.types = types
        let names = enumerations.joined().map { Array($0.utf8) }
        text = .allocate(byteCount: max(1, names.reduce(0) { $0 + $1.count }), alignment: 1)
        var slices: [UnsafeRawBufferPointer] = []
        var end = 0
        for name in names {
            let slice = text[end..<end + name.count]
            UnsafeMutableRawBufferPointer(rebasing: slice).copyBytes(from: name)
            slices.append(UnsafeRawBufferPointer(rebasing: slice))
            end += name.count
        }
        symbols = Self.keep(slices)
        var first = 0
        self.enumerations = Self.keep(
            enumerations.map { symbols in
                defer { first += symbols.count }
                return Enumeration(first: first, count: symbols.count)
            })
    }

    deinit {
        steps.deallocate()
        enumerations.deallocate()
        symbols.deallocate()
        text.deallocate()
    }

    private static func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let kept = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        kept.initialize(from: elements, count: elements.count)
        return UnsafePointer(kept)
    }
}

/// Decodes one record. Plain pointers avoid reference counting; the plan outlives them.
private struct PlanRun {
    private let steps: UnsafeBufferPointer<PlanStep>
    private let enumerations: UnsafePointer<PlanCode.Enumeration>
    private let symbols: UnsafePointer<UnsafeRawBufferPointer>
    private let cells: UnsafeMutablePointer<ColumnCells>
    private let code: Unmanaged<PlanCode>

    @inline(__always)
    init(_ code: PlanCode, _ cells: UnsafeMutablePointer<ColumnCells>) {
        steps = code.steps
        enumerations = code.enumerations
        symbols = code.symbols
        self.cells = cells
        self.code = .passUnretained(code)
    }

    @inline(__always)
    func decode(_ bytes: UnsafeRawBufferPointer, _ row: Int) throws(AvroFault) {
        var cursor = AvroCursor(bytes)
        for step in steps { try decode(step, row, &cursor) }
        guard cursor.isAtEnd else { throw cursor.fault(.trailingBytes) }
    }

    @inline(__always)
    private func decode(_ step: PlanStep, _ row: Int, _ cursor: inout AvroCursor) throws(AvroFault) {
        let cell = cells + Int(step.column)
        if step.nullIndex >= 0 {
            let isValue = try cursor.index(below: 2) != Int(step.nullIndex)
            cell.pointee.setValid(row, isValue)
            if !isValue {
                cell.pointee.setEmpty(row)
                return
            }
        }
        let last = cell + Int(step.count)
        switch step.operation {
        case .double: try decode(UInt64.self, cell, last, row, &cursor)
        case .float: try decode(UInt32.self, cell, last, row, &cursor)
        case .int: for cell in Cells(cell, last) { cell.pointee.set(row, try cursor.int()) }
        case .long: for cell in Cells(cell, last) { cell.pointee.set(row, try cursor.long()) }
        case .boolean: for cell in Cells(cell, last) { cell.pointee.setBoolean(row, try cursor.boolean()) }
        case .string: for cell in Cells(cell, last) { try cursor.storeText(row, cell) }
        case .list: cursor = try decodeList(step, row, cell, cells + cell.pointee.child, cursor)
        case .bytes, .fixed, .enumeration, .json, .jsonOfUnion: cursor = try decodeRare(step, row, cell, cursor)
        }
    }

    @inline(never)
    private func decodeRare(
        _ step: PlanStep, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>, _ before: AvroCursor
    ) throws(AvroFault) -> AvroCursor {
        var cursor = before
        try decodeScalar(step.operation, step.argument, row, cell, &cursor)
        return cursor
    }

    /// Fixed-width values of adjacent columns: all are present, or the record is truncated.
    @inline(__always)
    private func decode<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type, _ cell: UnsafeMutablePointer<ColumnCells>, _ last: UnsafeMutablePointer<ColumnCells>,
        _ row: Int, _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        var from = try cursor.raw((last - cell) &* MemoryLayout<Word>.size).baseAddress.unsafelyUnwrapped
        for cell in Cells(cell, last) {
            cell.pointee.set(row, Word(littleEndian: from.loadUnaligned(as: Word.self)))
            from += MemoryLayout<Word>.size
        }
    }

    @inline(__always)
    private func decodeScalar(
        _ operation: PlanStep.Operation, _ argument: Int32, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>,
        _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        switch operation {
        case .boolean: cell.pointee.setBoolean(row, try cursor.boolean())
        case .int: cell.pointee.set(row, try cursor.int())
        case .long: cell.pointee.set(row, try cursor.long())
        case .float: cell.pointee.set(row, try cursor.fixed32())
        case .double: cell.pointee.set(row, try cursor.fixed64())
        case .string: try cursor.storeText(row, cell)
        case .bytes:
            let raw = try cursor.sized()
            try cursor.store(raw, row, cell)
        case .fixed:
            let raw = try cursor.raw(Int(argument))
            try cursor.store(raw, row, cell)
        case .enumeration:
            let symbols = enumerations[Int(argument)]
            let symbol = self.symbols[symbols.first &+ (try cursor.index(below: symbols.count))]
            guard cell.pointee.setBytes(row, symbol, readable: symbol.count) else { throw cursor.fault(.batchFull) }
        case .json, .jsonOfUnion: try decodeText(operation, argument, row, cell, &cursor)
        case .list: break
        }
    }

    @inline(never)
    private func decodeText(
        _ operation: PlanStep.Operation, _ argument: Int32, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>,
        _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        let code = self.code.takeUnretainedValue()
        let type = code.types[Int(argument)]
        if operation == .jsonOfUnion, case .union(let branches) = type {
            var ahead = cursor
            let isValue = !branches[try ahead.index(below: branches.count)].isNull
            cell.pointee.setValid(row, isValue)
            if !isValue {
                cell.pointee.setEmpty(row)
                cursor = ahead
                return
            }
        }
        var writer = AvroTextWriter(schema: code.schema)
        try writer.write(type, &cursor)
        let isStored = writer.bytes.withUnsafeBytes { cell.pointee.setBytes(row, $0, readable: $0.count) }
        guard isStored else { throw cursor.fault(.batchFull) }
    }

    @inline(never)
    private func decodeList(
        _ step: PlanStep, _ row: Int, _ list: UnsafeMutablePointer<ColumnCells>,
        _ items: UnsafeMutablePointer<ColumnCells>, _ before: AvroCursor
    ) throws(AvroFault) -> AvroCursor {
        var cursor = before
        var next = Int(list.pointee.offset(row))
        while case let count = try cursor.blockCount(minimumBytes: Int(step.itemMinimum)), count > 0 {
            let end = next &+ count
            guard end < Int(Int32.max) else { throw cursor.fault(.batchFull) }
            if end >= items.pointee.capacity { items.pointee.reserve(end + 1, used: next) }
            if step.itemNullIndex < 0 && step.item == .double {
                // Avro's doubles have our layout: one copy moves the block.
                let raw = try cursor.raw(count &* 8)
                (items.pointee.values + next &* 8).copyMemory(
                    from: raw.baseAddress.unsafelyUnwrapped, byteCount: raw.count)
                next = end
            } else if step.itemNullIndex < 0 && step.item == .string {
                while next < end {
                    try cursor.storeText(next, items)
                    next &+= 1
                }
            } else {
                while next < end {
                    try decodeItem(step, next, items, &cursor)
                    next &+= 1
                }
            }
        }
        list.pointee.set(row &+ 1, Int32(truncatingIfNeeded: next))
        return cursor
    }

    @inline(__always)
    private func decodeItem(
        _ step: PlanStep, _ row: Int, _ items: UnsafeMutablePointer<ColumnCells>, _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        if step.itemNullIndex >= 0 {
            let isValue = try cursor.index(below: 2) != Int(step.itemNullIndex)
            items.pointee.setValid(row, isValue)
            if !isValue {
                items.pointee.setEmpty(row)
                return
            }
        }
        try decodeScalar(step.item, step.argument, row, items, &cursor)
    }
}

extension AvroCursor {
    /// Appends the next string.
    @inline(__always)
    fileprivate mutating func storeText(_ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>) throws(AvroFault) {
        let at = position
        let text = try sized()
        guard UTF8Check.isValid(text) else { throw AvroFault(.invalidUTF8, at: at - start) }
        try store(text, row, cell)
    }

    /// Appends bytes that were just read.
    @inline(__always)
    fileprivate func store(_ bytes: UnsafeRawBufferPointer, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>)
        throws(AvroFault)
    {
        guard cell.pointee.setBytes(row, bytes, readable: bytes.count &+ remaining) else { throw fault(.batchFull) }
    }
}

/// Cells of adjacent columns.
private struct Cells: Sequence, IteratorProtocol {
    private var current: UnsafeMutablePointer<ColumnCells>
    private let end: UnsafeMutablePointer<ColumnCells>

    @inline(__always)
    init(_ first: UnsafeMutablePointer<ColumnCells>, _ end: UnsafeMutablePointer<ColumnCells>) {
        (current, self.end) = (first, end)
    }

    @inline(__always)
    mutating func next() -> UnsafeMutablePointer<ColumnCells>? {
        guard current < end else { return nil }
        defer { current += 1 }
        return current
    }
}
