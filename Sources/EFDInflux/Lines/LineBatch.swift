/// Lines ready to be sent, each with its row.
struct LineBatch: ~Copyable {
    /// The range of a line and its source.
    struct Line {
        let start: Int
        /// After the line end.
        let end: Int
        /// Nanoseconds since 1970.
        let time: Int64
        let batch: Int32
        let row: Int32
    }

    var buffer: LineBuffer
    private(set) var lines: [Line] = []

    init(capacity: Int) { buffer = LineBuffer(capacity: capacity) }

    var isEmpty: Bool { lines.isEmpty }
    var byteCount: Int { buffer.count }

    /// Adds the bytes written since the last line as a line.
    @inline(__always)
    mutating func endLine(from start: Int, time: Int64, batch: Int, row: Int) {
        buffer.reserve(1)
        buffer.unchecked(UInt8(ascii: "\n"))
        lines.append(
            Line(
                start: start, end: buffer.count, time: time, batch: Int32(truncatingIfNeeded: batch),
                row: Int32(truncatingIfNeeded: row)))
    }

    /// Encodes rows from `first` on, to the last one, or until the lines reach `limit` bytes. Returns the next row.
    mutating func append(
        _ encoder: borrowing LineEncoder, rows: Int, from first: Int, batch: Int, limit: Int,
        faults: inout [(row: Int, fault: RowFault)]
    ) -> Int {
        var row = first
        while row < rows {
            let start = buffer.count
            do throws(RowFault) {
                let time = try encoder.encode(row, into: &buffer)
                endLine(from: start, time: time, batch: batch, row: row)
            } catch {
                faults.append((row, error))
            }
            row += 1
            // The next line is probably as long.
            if buffer.count > limit - (buffer.count - start) { break }
        }
        return row
    }

    mutating func removeAll() {
        buffer.count = 0
        lines.removeAll(keepingCapacity: true)
    }

    /// The bytes of one line, without its end.
    func bytes(of line: Line) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: buffer.bytes[line.start..<line.end - 1])
    }
}

/// A growing byte buffer for lines.
///
/// Call `reserve` first, then the `unchecked` writers: one bounds check covers a whole value, so that the loop over
/// fields has none.
struct LineBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    /// Grows the capacity by `more` bytes.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        fresh.update(from: base, count: count)
        base.deallocate()
        base = fresh
        capacity = larger
    }

    /// Requires one reserved byte.
    @inline(__always)
    mutating func unchecked(_ byte: UInt8) {
        base[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).update(from: start, count: bytes.count)
        count += bytes.count
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }
}
