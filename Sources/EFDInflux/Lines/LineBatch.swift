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
