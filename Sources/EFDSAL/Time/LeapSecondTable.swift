/// Whole seconds between TAI and UTC since 1972, and until when they are known.
///
/// Times are seconds since 1970 as `Double`, as in SAL: TAI timestamps count from the same civil date as UTC
/// timestamps, so they differ by the whole seconds of this table. Conversions change only that integer, without
/// smearing. A time past `expiry` is converted with the last difference: data must flow, and `isExpired` lets the
/// caller warn the operator.
public struct LeapSecondTable: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        /// UTC seconds since 1970 of the first second with this difference.
        public let utc: Int64
        /// TAI - UTC in seconds.
        public let difference: Int64

        public init(utc: Int64, difference: Int64) {
            self.utc = utc
            self.difference = difference
        }
    }

    /// Oldest first; begins at 1972-01-01.
    public let entries: [Entry]
    /// UTC seconds since 1970 from which a leap second that the table lacks is possible.
    public let expiry: Int64

    public func isExpired(atUTC seconds: Double) -> Bool { seconds >= Double(expiry) }
}

/// Why a time cannot be converted.
public enum TimeFault: Error, Sendable, Equatable {
    case notFinite
    /// UTC as we know it, at whole seconds from TAI, begins in 1972.
    case before1972
}

/// A range of TAI with one difference from UTC.
public struct LeapSecondInterval: Sendable, Equatable {
    /// TAI seconds since 1970, half open.
    public let start: Double
    public let end: Double
    /// TAI - UTC in seconds.
    public let difference: Double

    @inline(__always)
    public func contains(tai seconds: Double) -> Bool { seconds >= start && seconds < end }
}

extension LeapSecondTable {
    /// The range around a TAI time: keep it, and the next conversions need no search.
    ///
    /// A leap second itself, 23:59:60, belongs to the day before and so has the same UTC number as the second after it,
    /// as in POSIX.
    public func interval(atTAI seconds: Double) throws(TimeFault) -> LeapSecondInterval {
        guard seconds.isFinite else { throw .notFinite }
        guard let index = entries.lastIndex(where: { seconds >= Double($0.utc + $0.difference) }) else {
            throw .before1972
        }
        let entry = entries[index]
        let end = index + 1 < entries.count ? Double(entries[index + 1].utc + entries[index + 1].difference) : .infinity
        return LeapSecondInterval(
            start: Double(entry.utc + entry.difference), end: end, difference: Double(entry.difference))
    }

    public func utc(fromTAI seconds: Double) throws(TimeFault) -> Double {
        try seconds - interval(atTAI: seconds).difference
    }

    public func tai(fromUTC seconds: Double) throws(TimeFault) -> Double {
        guard seconds.isFinite else { throw .notFinite }
        guard let entry = entries.last(where: { seconds >= Double($0.utc) }) else { throw .before1972 }
        return seconds + Double(entry.difference)
    }
}

extension LeapSecondTable {
    /// The list that the IERS published in July 2026: no leap second after 2017-01-01, valid until 2027-06-28.
    public static let builtIn = LeapSecondTable(
        entries: [
            Entry(utc: 63_072_000, difference: 10),  // 1972-01-01
            Entry(utc: 78_796_800, difference: 11),  // 1972-07-01
            Entry(utc: 94_694_400, difference: 12),  // 1973-01-01
            Entry(utc: 126_230_400, difference: 13),  // 1974-01-01
            Entry(utc: 157_766_400, difference: 14),  // 1975-01-01
            Entry(utc: 189_302_400, difference: 15),  // 1976-01-01
            Entry(utc: 220_924_800, difference: 16),  // 1977-01-01
            Entry(utc: 252_460_800, difference: 17),  // 1978-01-01
            Entry(utc: 283_996_800, difference: 18),  // 1979-01-01
            Entry(utc: 315_532_800, difference: 19),  // 1980-01-01
            Entry(utc: 362_793_600, difference: 20),  // 1981-07-01
            Entry(utc: 394_329_600, difference: 21),  // 1982-07-01
            Entry(utc: 425_865_600, difference: 22),  // 1983-07-01
            Entry(utc: 489_024_000, difference: 23),  // 1985-07-01
            Entry(utc: 567_993_600, difference: 24),  // 1988-01-01
            Entry(utc: 631_152_000, difference: 25),  // 1990-01-01
            Entry(utc: 662_688_000, difference: 26),  // 1991-01-01
            Entry(utc: 709_948_800, difference: 27),  // 1992-07-01
            Entry(utc: 741_484_800, difference: 28),  // 1993-07-01
            Entry(utc: 773_020_800, difference: 29),  // 1994-07-01
            Entry(utc: 820_454_400, difference: 30),  // 1996-01-01
            Entry(utc: 867_715_200, difference: 31),  // 1997-07-01
            Entry(utc: 915_148_800, difference: 32),  // 1999-01-01
            Entry(utc: 1_136_073_600, difference: 33),  // 2006-01-01
            Entry(utc: 1_230_768_000, difference: 34),  // 2009-01-01
            Entry(utc: 1_341_100_800, difference: 35),  // 2012-07-01
            Entry(utc: 1_435_708_800, difference: 36),  // 2015-07-01
            Entry(utc: 1_483_228_800, difference: 37),  // 2017-01-01
        ], expiry: 1_814_140_800)
}
