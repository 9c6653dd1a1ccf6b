import CArrowData
import EFDAvro

/// Rows of a column batch as an array of the Arrow C Data Interface. Zero-copy: the array points to the columns'
/// buffers.
///
/// The importer owns the array and frees it by its `release`; until then it retains the batch, which must not change.
public enum ArrowArrayExport {
    public static func make(_ batch: ColumnBatch, rows: Range<Int>) -> ArrowArray {
        var record = node(length: rows.count, offset: 0, nulls: 0, buffers: [nil])
        adopt(batch.columns.indices.map { column(batch, $0, rows) }, &record)
        record.private_data = Unmanaged.passRetained(batch).toOpaque()
        return record
    }

    private static func column(_ batch: ColumnBatch, _ index: Int, _ rows: Range<Int>) -> ArrowArray {
        let kind = batch.columns[index].kind
        var array = node(length: rows.count, offset: rows.lowerBound, batch.view(index), kind)
        if case .list(let item) = kind {
            let items = batch.itemView(index)
            adopt([node(length: items.count, offset: 0, items, item.kind)], &array)
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

    private static func adopt(_ children: [ArrowArray], _ parent: inout ArrowArray) {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: max(1, children.count))
        for (index, child) in children.enumerated() {
            let element = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            element.initialize(to: child)
            (list + index).initialize(to: element)
        }
        parent.n_children = Int64(children.count)
        parent.children = list
    }
}

/// Frees the array's private data; the importer calls it.
private func releaseArray(_ array: UnsafeMutablePointer<ArrowArray>?) {
    guard let array, array.pointee.release != nil else { return }
    array.pointee.buffers.deallocate()
    if let children = array.pointee.children {
        for index in 0..<Int(array.pointee.n_children) {
            guard let child = children[index] else { continue }
            child.pointee.release?(child)
            child.deallocate()
        }
        children.deallocate()
    }
    if let batch = array.pointee.private_data { Unmanaged<ColumnBatch>.fromOpaque(batch).release() }
    array.pointee.release = nil
}
