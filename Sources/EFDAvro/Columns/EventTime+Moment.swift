// Converts a column's numbers to moments, which are integers: the same for every sink.
//
// Reals are rounded to the nearest microsecond: a double of today's seconds resolves a quarter of one, so a timestamp
// written with six digits is restored exactly. This product has timed points of InfluxDB this way since its first
// version; any other rounding, though nearer for one in eight timestamps of more digits, would store them a second
// time. Integers stay exact; if microseconds are requested, nanoseconds are rounded down.

extension EventTime {
    /// Plausible moments for a store of folders by date: the years 1970 to 9999, in microseconds since 1970.
    public static let meaningful: Range<Int64> = 0..<253_402_300_800_000_000

    /// The moment of a row that is not null, in nanoseconds since 1970; nil: it does not fit 64 bits, or is not a
    /// number.
    ///
    /// - Parameter view: of the column `column`.
    @inlinable
    public func nanoseconds(_ view: ColumnView, _ row: Int) -> Int64? {
        switch scale {
        case .real(let factor):
            return Self.scaled(Self.nearest(view.values(as: Double.self)[row], times: factor), by: 1000)
        case .whole(let factor): return Self.scaled(view.values(as: Int64.self)[row], by: factor)
        case .whole32(let factor): return Self.scaled(Int64(view.values(as: Int32.self)[row]), by: factor)
        }
    }

    /// The row's number, unconverted, for messages.
    public func number(_ view: ColumnView, _ row: Int) -> Double {
        switch scale {
        case .real: view.values(as: Double.self)[row]
        case .whole: Double(view.values(as: Int64.self)[row])
        case .whole32: Double(view.values(as: Int32.self)[row])
        }
    }

    /// Appends the moment of each row of `columns` to `moments`, in microseconds since 1970. Rows that are null, not a
    /// number or outside `meaningful` get the time of their Kafka record.
    ///
    /// - Parameter recordTimes: of each row, in milliseconds since 1970.
    public func appendMicroseconds(of columns: ColumnBatch, recordTimes: [Int64], to moments: inout [Int64]) {
        let view = columns.view(column)
        func append(_ moment: (Int) -> Int64?) {
            for row in 0..<view.count {
                if view.isValid(row), let moment = moment(row), Self.meaningful.contains(moment) {
                    moments.append(moment)
                } else {
                    moments.append(Self.microseconds(ofRecord: recordTimes[row]))
                }
            }
        }
        switch scale {
        case .real(let factor):
            let values = view.values(as: Double.self)
            append { Self.nearest(values[$0], times: factor) }
        case .whole(let factor):
            let values = view.values(as: Int64.self)
            append { Self.microseconds(values[$0], nanoseconds: factor) }
        case .whole32(let factor):
            let values = view.values(as: Int32.self)
            append { Self.microseconds(Int64(values[$0]), nanoseconds: factor) }
        }
    }

    /// The time of a Kafka record in microseconds, from its milliseconds since 1970; 0 if it has none.
    public static func microseconds(ofRecord milliseconds: Int64) -> Int64 {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        return !overflow && meaningful.contains(product) ? product : 0
    }

    static func microseconds(_ value: Int64, nanoseconds factor: Int64) -> Int64? {
        factor >= 1000 ? scaled(value, by: factor / 1000) : value >= 0 ? value / 1000 : (value - 999) / 1000
    }

    /// nil: beyond 64 bits.
    @inlinable
    static func scaled(_ value: Int64?, by factor: Int64) -> Int64? {
        guard let (product, overflow) = value?.multipliedReportingOverflow(by: factor) else { return nil }
        return overflow ? nil : product
    }

    /// The microsecond nearest to `value` units of `factor` microseconds, halves away from zero; nil: not a number, or
    /// beyond 64 bits.
    @inlinable
    static func nearest(_ value: Double, times factor: Double) -> Int64? {
        let product = (value * factor).rounded()
        return product.magnitude < 9.2e18 ? Int64(product) : nil
    }
}
