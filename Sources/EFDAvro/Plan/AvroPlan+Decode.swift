extension AvroPlan {
    /// Decodes one record into the next row of a batch that was made for this plan.
    ///
    /// On a fault the batch is as before: a row's cells count only when the row does.
    public func decode(_ bytes: UnsafeRawBufferPointer, into batch: ColumnBatch) throws(AvroFault) {
        let row = batch.rowCount
        // Offsets have one entry more than rows.
        if row + 1 >= batch.rowCapacity { batch.grow() }
        var cursor = AvroCursor(bytes)
        let run = PlanRun(code: code, schema: schema, cells: batch.cells)
        for step in code.steps {
            do throws(AvroFault) {
                try run.decode(step, row, &cursor)
            } catch {
                // An empty batch has all the room there is.
                throw error.isBatchFull && row == 0 ? AvroFault(.tooLarge, at: error.offset) : error
            }
        }
        guard cursor.isAtEnd else { throw cursor.fault(.trailingBytes) }
        batch.rowCount = row + 1
    }
}

/// The decoding of one record.
private struct PlanRun {
    let code: PlanCode
    let schema: AvroSchema
    let cells: UnsafeMutablePointer<ColumnCells>

    @inline(__always)
    func decode(_ step: PlanStep, _ row: Int, _ cursor: inout AvroCursor) throws(AvroFault) {
        let cell = cells + Int(step.column)
        if step.nullIndex >= 0 {
            let isValue = try cursor.index(below: 2) != Int(step.nullIndex)
            cell.pointee.setValid(row, isValue)
            if !isValue {
                cell.pointee.setEmpty(row)
                return
            }
        }
        if step.operation == .list {
            try decodeList(step, row, cell, cells + cell.pointee.child, &cursor)
        } else {
            try decodeScalar(step.operation, step.argument, row, cell, &cursor)
        }
    }

    @inline(__always)
    private func decodeScalar(
        _ operation: PlanStep.Operation, _ argument: Int32, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>, _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        switch operation {
        case .boolean: cell.pointee.setBoolean(row, try cursor.boolean())
        case .int: cell.pointee.set(row, try cursor.int())
        case .long: cell.pointee.set(row, try cursor.long())
        case .float: cell.pointee.set(row, try cursor.fixed32())
        case .double: cell.pointee.set(row, try cursor.fixed64())
        case .string:
            let at = cursor.offset
            let text = try cursor.sized()
            guard UTF8Check.isValid(text) else { throw AvroFault(.invalidUTF8, at: at) }
            try store(text, row, cell, cursor)
        case .bytes: try store(try cursor.sized(), row, cell, cursor)
        case .fixed: try store(try cursor.raw(Int(argument)), row, cell, cursor)
        case .enumeration:
            let symbols = code.enumerations[Int(argument)]
            try store(code.symbols[symbols.first + (try cursor.index(below: symbols.count))], row, cell, cursor)
        case .json, .jsonOfUnion: try decodeText(operation, argument, row, cell, &cursor)
        case .list: break
        }
    }

    @inline(__always)
    private func store(
        _ bytes: UnsafeRawBufferPointer, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>, _ cursor: AvroCursor
    ) throws(AvroFault) {
        guard cell.pointee.setBytes(row, bytes) else { throw cursor.fault(.batchFull) }
    }

    @inline(never)
    private func decodeText(
        _ operation: PlanStep.Operation, _ argument: Int32, _ row: Int, _ cell: UnsafeMutablePointer<ColumnCells>, _ cursor: inout AvroCursor
    ) throws(AvroFault) {
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
        var writer = AvroTextWriter(schema: schema)
        try writer.write(type, &cursor)
        let isStored = writer.bytes.withUnsafeBytes { cell.pointee.setBytes(row, $0) }
        guard isStored else { throw cursor.fault(.batchFull) }
    }

    @inline(never)
    private func decodeList(
        _ step: PlanStep, _ row: Int, _ list: UnsafeMutablePointer<ColumnCells>, _ items: UnsafeMutablePointer<ColumnCells>, _ cursor: inout AvroCursor
    ) throws(AvroFault) {
        var next = Int(list.pointee.offset(row))
        while true {
            let count = try cursor.blockCount(minimumBytes: Int(step.itemMinimum))
            if count == 0 { break }
            guard next + count < Int(Int32.max) else { throw cursor.fault(.batchFull) }
            if next + count >= items.pointee.capacity { items.pointee.reserve(next + count + 1, used: next) }
            if step.item == .double && step.itemNullIndex < 0 {
                // Avro's doubles are laid out as ours: the block is one copy.
                let raw = try cursor.raw(count * 8)
                if let from = raw.baseAddress { (items.pointee.values + next * 8).copyMemory(from: from, byteCount: raw.count) }
                next += count
                continue
            }
            for _ in 0..<count {
                try decodeItem(step, next, items, &cursor)
                next += 1
            }
        }
        list.pointee.set(row + 1, Int32(truncatingIfNeeded: next))
    }

    @inline(__always)
    private func decodeItem(_ step: PlanStep, _ row: Int, _ items: UnsafeMutablePointer<ColumnCells>, _ cursor: inout AvroCursor) throws(AvroFault) {
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
