import EFDAvro
import EFDSink

/// Which column says when a row happened, and in which unit.
struct EventTime: Sendable {
    private enum Source: Sendable {
        case real(column: Int)
        case whole(column: Int, perSecond: Double)
        /// No such column: the time of the Kafka record.
        case record
    }

    private let source: Source
    /// The name of that column; nil: there is none.
    let column: String?
    /// Rows outside of these seconds (1970 to 9999) have a time that means nothing.
    private static let sane = 0.0..<253_402_300_800.0

    /// - Parameter candidates: names of columns; the first one that there is counts. A real one holds seconds, a whole
    ///   one what its logical type says, else milliseconds.
    init(_ columns: [Column], candidates: [String]) {
        for name in candidates {
            guard let index = columns.firstIndex(where: { $0.name == name }) else { continue }
            switch columns[index].kind {
            case .float64:
                (source, column) = (.real(column: index), name)
                return
            case .int64:
                (source, column) = (
                    .whole(column: index, perSecond: columns[index].logical?.hasSuffix("micros") == true ? 1e6 : 1e3),
                    name
                )
                return
            default: continue
            }
        }
        (source, column) = (.record, nil)
    }

    /// Calls `body` with each row's time in seconds since 1970, UTC: the event's where it has one, else the record's.
    func forEach(_ batch: TopicBatch, _ body: (_ row: Int, _ seconds: Double) -> Void) {
        switch source {
        case .record: for row in 0..<batch.rowCount { body(row, Self.recordTime(batch, row)) }
        case .real(let column):
            let view = batch.columns.view(column)
            let values = view.values(as: Double.self)
            for row in 0..<batch.rowCount {
                let seconds = values[row]
                body(row, view.isValid(row) && Self.sane.contains(seconds) ? seconds : Self.recordTime(batch, row))
            }
        case .whole(let column, let perSecond):
            let view = batch.columns.view(column)
            let values = view.values(as: Int64.self)
            for row in 0..<batch.rowCount {
                let seconds = Double(values[row]) / perSecond
                body(row, view.isValid(row) && Self.sane.contains(seconds) ? seconds : Self.recordTime(batch, row))
            }
        }
    }

    private static func recordTime(_ batch: TopicBatch, _ row: Int) -> Double {
        let milliseconds = batch.timestamps[row]
        return milliseconds < 0 ? 0 : Double(milliseconds) / 1000
    }
}
