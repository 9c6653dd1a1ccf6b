import CArrowData
import EFDAvro

/// Rows of a column batch as an array of the Arrow C Data Interface. Zero-copy: the array points to the columns'
/// buffers.
///
/// The importer owns the array and frees it by its `release`; until then it retains the batch, which must not change.
public enum ArrowArrayExport {
    public static func make(_ batch: ColumnBatch, rows: Range<Int>) -> ArrowArray {
        var record = node(length: rows.count, offset: 0, nulls: 0, buffers: [nil])
        record.adopt(batch.columns.indices.map { column(batch, $0, rows) })
        record.private_data = Unmanaged.passRetained(batch).toOpaque()
        return record
    }

    private static func column(_ batch: ColumnBatch, _ index: Int, _ rows: Range<Int>) -> ArrowArray {
        let kind = batch.columns[index].kind
        var array = node(length: rows.count, offset: rows.lowerBound, batch.view(index), kind)
        if case .list(let item) = kind {
            let items = batch.itemView(index)
            array.adopt([node(length: items.count, offset: 0, items, item.kind)])
        }
        return array
    }

    private static func node(length: Int, offset: Int, _ view: ColumnView, _ kind: Column.Kind) -> ArrowArray {
        let validity = view.validity.map { UnsafeRawPointer($0) }
        // -1: not counted yet. Without a bitmap no row is null.
        let nulls: Int64 = validity == nil ? 0 : -1
        switch kind {
        case .string, .binary:
            return node(
                length: length, offset: offset, nulls: nulls, buffers: [validity, view.valuesPointer, view.dataPointer])
        default: return node(length: length, offset: offset, nulls: nulls, buffers: [validity, view.valuesPointer])
        }
    }

    private static func node(length: Int, offset: Int, nulls: Int64, buffers: [UnsafeRawPointer?]) -> ArrowArray {
        var array = ArrowArray()
        array.length = Int64(length)
        array.offset = Int64(offset)
        array.null_count = nulls
        array.n_buffers = Int64(buffers.count)
        array.buffers = .allocate(capacity: buffers.count)
        for (index, buffer) in buffers.enumerated() { (array.buffers + index).initialize(to: buffer) }
        array.release = releaseArray
        return array
    }
}

/// Frees the array's private data; the importer calls it.
private func releaseArray(_ array: UnsafeMutablePointer<ArrowArray>?) {
    guard let array, array.pointee.release != nil else { return }
    array.pointee.buffers.deallocate()
    array.pointee.releaseChildren()
    if let batch = array.pointee.private_data { Unmanaged<ColumnBatch>.fromOpaque(batch).release() }
    array.pointee.release = nil
}
