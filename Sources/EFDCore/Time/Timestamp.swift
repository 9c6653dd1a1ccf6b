/// Calendar dates of UTC, proleptic Gregorian, without time zones or locales.
public enum Timestamp {
    /// `2026-11-23T22:35:44.123456Z` for nanoseconds since 1970.
    public static func text(nanoseconds: Int64) -> String {
        text(microseconds: nanoseconds / 1000 - (nanoseconds % 1000 < 0 ? 1 : 0))
    }

    /// The same for microseconds since 1970.
    public static func text(microseconds: Int64) -> String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let (wholeSeconds, micros) = fraction < 0 ? (seconds - 1, fraction + 1_000_000) : (seconds, fraction)
        let days = Int((Double(wholeSeconds) / 86400).rounded(.down))
        let rest = Int(wholeSeconds) - days * 86400
        let (year, month, day) = civil(daysSince1970: days)
        return
            "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T"
            + "\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2))"
            + ".\(digits(Int(micros), 6))Z"
    }

    /// Days since 1970-01-01 to year, month, day (Howard Hinnant's algorithm `civil_from_days`).
    public static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension String {
    /// Pads with blanks on the right to `width` characters.
    public func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
