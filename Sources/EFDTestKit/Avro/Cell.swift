import EFDAvro

/// What stands in a row of a column, comparable bit by bit.
public indirect enum Cell: Equatable, Sendable {
    case null
    case bits(UInt64)
    case bytes([UInt8])
    case list([Cell])
}

extension ColumnBatch {
    public func cells(_ row: Int) -> [Cell] {
        columns.indices.map { index in
            let column = view(index)
            guard column.isValid(row) else { return .null }
            guard case .list(let item) = columns[index].kind else { return Self.cell(column, columns[index].kind, row) }
            let items = itemView(index)
            return .list(column.range(row).map { Self.cell(items, item.kind, $0) })
        }
    }

    private static func cell(_ view: ColumnView, _ kind: Column.Kind, _ row: Int) -> Cell {
        guard view.isValid(row) else { return .null }
        return switch kind {
        case .boolean: .bits(view.boolean(row) ? 1 : 0)
        case .int32: .bits(UInt64(bitPattern: Int64(view.values(as: Int32.self)[row])))
        case .int64: .bits(UInt64(bitPattern: view.values(as: Int64.self)[row]))
        case .float32: .bits(UInt64(view.values(as: UInt32.self)[row]))
        case .float64: .bits(view.values(as: UInt64.self)[row])
        case .string, .binary: .bytes(Array(view.bytes(row)))
        case .list: .null
        }
    }

    /// All that counts: rows, offsets, bytes, validity.
    public var contents: [[Cell]] { (0..<rowCount).map { cells($0) } }
}

extension Cell: CustomStringConvertible {
    /// `-` for null, bits as a number, bytes as hexadecimal digits behind an x: what a reader of another language can
    /// write as well.
    public var description: String {
        switch self {
        case .null: "-"
        case .bits(let bits): String(bits)
        case .bytes(let bytes): "x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .list(let cells): "[" + cells.map(\.description).joined(separator: ",") + "]"
        }
    }
}
