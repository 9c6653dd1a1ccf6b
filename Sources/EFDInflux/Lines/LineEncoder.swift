import EFDAvro

/// Why a row has no line.
enum RowFault: Error, Equatable {
    /// Every field is null or not a finite number: InfluxDB has no points without fields.
    case noFields
    case noTime
    /// The time is not a number, or not between the years 1677 and 2262.
    case timeOutOfRange(Double)
}

/// Encodes rows of one column batch as lines.
///
/// Created for each batch, so that a row finds all its pointers in one flat array: no lookup, no reference, no
/// allocation per row.
struct LineEncoder: ~Copyable {
    /// One field or tag, with its rows in place.
    private struct Cells {
        let values: UnsafeRawPointer
        let validity: UnsafePointer<UInt8>?
        let data: UnsafeRawPointer?
        let itemValues: UnsafeRawPointer?
        let itemValidity: UnsafePointer<UInt8>?
        let itemData: UnsafeRawPointer?
        let key: UnsafePointer<UInt8>
        let keyCount: Int
        let kind: LinePlan.Kind
        let item: LinePlan.Kind
        /// Index of the field in the plan if its list has gaps, else -1.
        let gaps: Int32
    }

    private let plan: LinePlan
    private let cells: UnsafeMutablePointer<Cells>
    private let cellCount: Int
    private let time: LinePlan.Time
    private let measurement: [UInt8]
    private let tagCount: Int
    private let numbers = NumberText()
    private let timeCells: ColumnView?
    private let recordTimes: [Int64]

    /// - Parameters:
    ///   - columns: unchanged while the encoder lives.
    ///   - recordTimes: Kafka's time of each row in milliseconds, `Int64.min` if it has none.
    init(_ plan: LinePlan, _ columns: ColumnBatch, recordTimes: [Int64]) {
        self.plan = plan
        self.recordTimes = recordTimes
        tagCount = plan.tags.count
        time = plan.time
        measurement = plan.measurement
        cellCount = plan.tags.count + plan.fields.count
        cells = .allocate(capacity: cellCount)
        for (index, field) in (plan.tags + plan.fields).enumerated() {
            let view = columns.view(field.column)
            let items = field.kind == .list ? columns.itemView(field.column) : nil
            (cells + index).initialize(
                to: Cells(
                    values: view.valuesPointer, validity: view.validity, data: view.dataPointer,
                    itemValues: items?.valuesPointer,
                    itemValidity: items?.validity, itemData: items?.dataPointer, key: plan.keys + field.key.lowerBound,
                    keyCount: field.key.count, kind: field.kind, item: field.item,
                    gaps: field.gaps.isEmpty ? -1 : Int32(index - plan.tags.count)))
        }
        timeCells = if case .event(let event) = plan.time { columns.view(event.column) } else { nil }
    }

    deinit { cells.deallocate() }

    /// Appends the row's line without its end. Returns the point's time in nanoseconds; on a fault the buffer is
    /// unchanged.
    func encode(_ row: Int, into out: inout LineBuffer) throws(RowFault) -> Int64 {
        let time = try nanoseconds(of: row)
        let start = out.count
        out.append(measurement)
        for index in 0..<tagCount { appendTag(cells + index, row, &out) }
        let fields = out.count
        for index in tagCount..<cellCount { appendField(cells + index, row, &out) }
        guard out.count > fields else {
            out.count = start
            throw .noFields
        }
        // Every field begins with a comma; the first one's becomes the blank after measurement and tags.
        out.base[fields] = UInt8(ascii: " ")
        out.reserve(1 + NumberText.room)
        out.unchecked(UInt8(ascii: " "))
        out.count += numbers.write(time, to: out.base + out.count)
        return time
    }

    // MARK: Time

    /// InfluxDB's bounds of a point's time.
    private static let times = -9_223_372_036_854_775_806...Int64(9_223_372_036_854_775_806)

    private func nanoseconds(of row: Int) throws(RowFault) -> Int64 {
        switch time {
        case .missing: throw .noTime
        case .record:
            guard row < recordTimes.count, recordTimes[row] != .min else { throw .noTime }
            let (time, overflow) = recordTimes[row].multipliedReportingOverflow(by: 1_000_000)
            guard !overflow, Self.times.contains(time) else { throw .timeOutOfRange(Double(recordTimes[row])) }
            return time
        case .event(let event):
            guard let cells = timeCells, cells.isValid(row) else { throw .noTime }
            guard let time = event.nanoseconds(cells, row), Self.times.contains(time) else {
                throw .timeOutOfRange(event.number(cells, row))
            }
            return time
        }
    }

    // MARK: Fields

    @inline(__always)
    private func isValid(_ bits: UnsafePointer<UInt8>?, _ row: Int) -> Bool {
        guard let bits else { return true }
        return bits[row >> 3] & (1 << UInt8(truncatingIfNeeded: row & 7)) != 0
    }

    /// `,key`, copied in one step if it is short: the plan pads its keys for that.
    @inline(__always)
    private func appendKey(_ cell: UnsafePointer<Cells>, _ out: inout LineBuffer) {
        let to = UnsafeMutableRawPointer(out.base + out.count)
        if cell.pointee.keyCount <= LinePlan.keyPadding {
            let from = UnsafeRawPointer(cell.pointee.key)
            to.storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
            (to + 16).storeBytes(
                of: from.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
        } else {
            to.copyMemory(from: cell.pointee.key, byteCount: cell.pointee.keyCount)
        }
        out.count += cell.pointee.keyCount
    }

    /// Maximum bytes of a key and a number or boolean.
    @inline(__always)
    private func room(_ cell: UnsafePointer<Cells>) -> Int {
        max(cell.pointee.keyCount, LinePlan.keyPadding) + 20 + NumberText.room
    }

    @inline(__always)
    private func appendField(_ cell: UnsafePointer<Cells>, _ row: Int, _ out: inout LineBuffer) {
        guard isValid(cell.pointee.validity, row) else { return }
        switch cell.pointee.kind {
        case .list: appendList(cell, row, &out)
        case .string, .binary:
            out.reserve(room(cell))
            appendKey(cell, &out)
            appendText(cell.pointee.kind, cell.pointee.values, cell.pointee.data, row, &out)
        default:
            out.reserve(room(cell))
            let start = out.count
            appendKey(cell, &out)
            if !appendNumber(cell.pointee.kind, cell.pointee.values, row, &out) { out.count = start }
        }
    }

    private func appendList(_ cell: UnsafePointer<Cells>, _ row: Int, _ out: inout LineBuffer) {
        guard let values = cell.pointee.itemValues else { return }
        let offsets = cell.pointee.values.assumingMemoryBound(to: Int32.self)
        let first = Int(offsets[row])
        for index in first..<Int(offsets[row + 1]) where isValid(cell.pointee.itemValidity, index) {
            let position = index - first
            if cell.pointee.gaps >= 0 && plan.fields[Int(cell.pointee.gaps)].gaps.contains(position) { continue }
            out.reserve(room(cell))
            let start = out.count
            appendKey(cell, &out)
            out.count += numbers.write(UInt64(position), to: out.base + out.count)
            out.unchecked(UInt8(ascii: "="))
            if cell.pointee.item == .string || cell.pointee.item == .binary {
                appendText(cell.pointee.item, values, cell.pointee.itemData, index, &out)
            } else if !appendNumber(cell.pointee.item, values, index, &out) {
                out.count = start
            }
        }
    }

    /// False for NaN and the infinities, which line protocol cannot express. Requires reserved bytes.
    @inline(__always)
    private func appendNumber(_ kind: LinePlan.Kind, _ values: UnsafeRawPointer, _ index: Int, _ out: inout LineBuffer)
        -> Bool
    {
        let to = out.base + out.count
        switch kind {
        case .float64:
            let value = values.load(fromByteOffset: index * 8, as: Double.self)
            if !value.isFinite { return false }
            out.count += numbers.write(value, to: to)
        case .float32:
            let value = values.load(fromByteOffset: index * 4, as: Float.self)
            if !value.isFinite { return false }
            out.count += numbers.write(value, to: to)
        case .int64, .int32:
            let value =
                kind == .int64
                ? values.load(fromByteOffset: index * 8, as: Int64.self)
                : Int64(values.load(fromByteOffset: index * 4, as: Int32.self))
            out.count += numbers.write(value, to: to)
            out.unchecked(UInt8(ascii: "i"))
        case .boolean:
            let bit =
                values.load(fromByteOffset: index >> 3, as: UInt8.self) >> UInt8(truncatingIfNeeded: index & 7) & 1
            out.unchecked(bit == 1 ? UInt8(ascii: "t") : UInt8(ascii: "f"))
        case .string, .binary, .list: return false
        }
        return true
    }

    @inline(__always)
    private func bytes(_ offsets: UnsafeRawPointer, _ data: UnsafeRawPointer?, _ index: Int) -> UnsafeBufferPointer<
        UInt8
    > {
        let offsets = offsets.assumingMemoryBound(to: Int32.self)
        let start = Int(offsets[index])
        return UnsafeBufferPointer(
            start: data.map { ($0 + start).assumingMemoryBound(to: UInt8.self) },
            count: data == nil ? 0 : Int(offsets[index + 1]) - start)
    }

    @inline(__always)
    private func appendText(
        _ kind: LinePlan.Kind, _ offsets: UnsafeRawPointer, _ data: UnsafeRawPointer?, _ index: Int,
        _ out: inout LineBuffer
    ) {
        let bytes = bytes(offsets, data, index)
        if kind == .string { out.appendQuoted(bytes) } else { out.appendBase64(bytes) }
    }

    // MARK: Tags

    private func appendTag(_ cell: UnsafePointer<Cells>, _ row: Int, _ out: inout LineBuffer) {
        guard isValid(cell.pointee.validity, row) else { return }
        out.reserve(room(cell))
        let start = out.count
        appendKey(cell, &out)
        let value = out.count
        switch cell.pointee.kind {
        case .string: out.appendTagValue(bytes(cell.pointee.values, cell.pointee.data, row))
        case .int32, .int64:
            _ = appendNumber(cell.pointee.kind, cell.pointee.values, row, &out)
            out.count -= 1  // Tags are text: no `i`.
        default: _ = appendNumber(cell.pointee.kind, cell.pointee.values, row, &out)
        }
        // InfluxDB rejects an empty tag.
        if out.count == value { out.count = start }
    }
}

extension LineBuffer {
    /// A tag's value, escaped as a key is.
    mutating func appendTagValue(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(2 * bytes.count)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "="):
                unchecked(UInt8(ascii: "\\"))
                unchecked(byte)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                unchecked(UInt8(ascii: "\\"))
                unchecked(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : UInt8(ascii: "r"))
            case UInt8(ascii: "\\"):
                let next = bytes[(index + 1)...].first { $0 != UInt8(ascii: "\\") }
                unchecked(next.map { NameText.isSpecial($0) } ?? true ? UInt8(ascii: "/") : byte)
            default: unchecked(byte)
            }
        }
    }

    /// A field's text between double quotes; quotes and backslashes are escaped, all other bytes are literal.
    @inline(__always)
    mutating func appendQuoted(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(2 * bytes.count + 2)
        unchecked(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { unchecked(UInt8(ascii: "\\")) }
            unchecked(byte)
        }
        unchecked(UInt8(ascii: "\""))
    }

    /// Bytes as a field's text, in base64 of RFC 4648 with padding: InfluxDB has no type for them.
    mutating func appendBase64(_ bytes: UnsafeBufferPointer<UInt8>) {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        reserve((bytes.count + 2) / 3 * 4 + 2)
        unchecked(UInt8(ascii: "\""))
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = 0
            for index in 0..<3 { group = group << 8 | (index < count ? Int(bytes[start + index]) : 0) }
            for index in 0..<4 {
                unchecked(index <= count ? alphabet.utf8Start[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        unchecked(UInt8(ascii: "\""))
    }
}
