import EFDAvro

/// The lines of batches of one topic and schema as bytes: for tools and measurements. Uses the writer's code path.
public final class LineText {
    private let plan: LinePlan
    private var lines = LineBatch(capacity: 1 << 16)
    private var faults: [(row: Int, fault: RowFault)] = []

    public init(topic: String, plan: AvroPlan, options: LineOptions = LineOptions()) {
        self.plan = LinePlan(topic: topic, columns: plan.columns, options: options)
    }

    /// The lines of all encodable rows, in order, each with its line end. Valid until the next call.
    ///
    /// - Parameter recordTimes: Kafka's time of each row in milliseconds, if no field has the point's time.
    public func lines(_ columns: ColumnBatch, recordTimes: [Int64] = []) -> UnsafeRawBufferPointer {
        lines.removeAll()
        faults.removeAll(keepingCapacity: true)
        let encoder = LineEncoder(plan, columns, recordTimes: recordTimes)
        _ = lines.append(encoder, rows: columns.rowCount, from: 0, batch: 0, limit: .max, faults: &faults)
        return UnsafeRawBufferPointer(lines.buffer.bytes)
    }
}
