import EFDAvro

extension ColumnBatch {
    /// The values of a row, as `PlainAvro` has them.
    func plainRow(_ row: Int) -> [PlainAvro.Value] {
        columns.indices.map { index in
            guard case .list(let item) = columns[index].kind else {
                return Self.plain(view(index), columns[index].kind, row)
            }
            let items = itemView(index)
            return .list(view(index).range(row).map { Self.plain(items, item.kind, $0) })
        }
    }

    private static func plain(_ view: ColumnView, _ kind: Column.Kind, _ row: Int) -> PlainAvro.Value {
        switch kind {
        case .boolean: .boolean(view.boolean(row))
        case .int32: .integer(Int64(view.values(as: Int32.self)[row]))
        case .int64: .integer(view.values(as: Int64.self)[row])
        case .float32: .real(Double(view.values(as: Float.self)[row]))
        case .float64: .real(view.values(as: Double.self)[row])
        case .string, .binary, .list: .text(view.string(row))
        }
    }
}
