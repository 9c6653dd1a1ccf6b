extension ColumnBatch {
    /// Appends the rows of a batch of the same columns, column by column. False, without a change, if 32-bit offsets
    /// cannot address the end of some column.
    public func append(_ other: ColumnBatch) -> Bool {
        precondition(columns == other.columns, "the batches have other columns")
        let (count, added) = (rowCount, other.rowCount)
        if added == 0 { return true }
        for index in columns.indices
        where !cells[index].canReach(other.cells[index], count, added) || !childCanReach(other, index) { return false }
        while rows.pointee.capacity < count + added { grow() }
        for index in columns.indices {
            let child = cells[index].child
            if child >= 0 {
                let (items, more) = (Int(cells[index].offset(count)), Int(other.cells[index].offset(added)))
                cells[child].append(other.cells[child], items, more)
            }
            cells[index].append(other.cells[index], count, added)
        }
        rows.pointee.count = count + added
        return true
    }

    private func childCanReach(_ other: ColumnBatch, _ index: Int) -> Bool {
        let child = cells[index].child
        guard child >= 0 else { return true }
        return cells[child].canReach(
            other.cells[child], Int(cells[index].offset(rowCount)), Int(other.cells[index].offset(other.rowCount)))
    }
}

extension ColumnCells {
    fileprivate func canReach(_ other: ColumnCells, _ count: Int, _ added: Int) -> Bool {
        guard case .offsets = layout else { return true }
        return Int(offset(count)) + Int(other.offset(added)) <= Int(Int32.max)
    }

    /// Appends `added` cells of `other` after the first `count`.
    fileprivate mutating func append(_ other: ColumnCells, _ count: Int, _ added: Int) {
        reserve(count + added, used: count)
        switch layout {
        case .bits:
            Self.copyBits(
                other.values.assumingMemoryBound(to: UInt8.self), added, to: values.assumingMemoryBound(to: UInt8.self),
                at: count)
        case .fixed(let width): (values + count * width).copyMemory(from: other.values, byteCount: added * width)
        case .offsets:
            let base = offset(count)
            if let from = other.data {
                let bytes = Int(other.offset(added))
                reserveData(Int(base) + bytes, used: Int(base))
                if let data, bytes > 0 { (data + Int(base)).copyMemory(from: from, byteCount: bytes) }
            }
            for row in 1...max(1, added) where added > 0 { set(count &+ row, base &+ other.offset(row)) }
        }
        if let validity, let others = other.validity { Self.copyBits(others, added, to: validity, at: count) }
    }

    /// Copies whole bytes if both start at a byte boundary, else bit by bit. Bits after the last are undefined.
    private static func copyBits(
        _ from: UnsafePointer<UInt8>, _ count: Int, to: UnsafeMutablePointer<UInt8>, at bit: Int
    ) {
        if bit & 7 == 0 {
            (to + bit >> 3).update(from: from, count: (count + 7) >> 3)
            return
        }
        let shift = UInt8(bit & 7)
        var target = bit >> 3
        to[target] &= (1 &<< shift) &- 1
        for index in 0..<(count + 7) >> 3 {
            to[target] |= from[index] &<< shift
            target += 1
            // The last byte may have no bits for the next one, which may be outside the buffer.
            if index * 8 + 8 - Int(shift) < count { to[target] = from[index] &>> (8 &- shift) }
        }
    }
}
