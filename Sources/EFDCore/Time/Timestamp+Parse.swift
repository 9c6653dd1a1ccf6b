extension Timestamp {
    /// Nanoseconds since 1970 of a UTC time as people write it: `2026-11-23T22:35:44.123Z`, `2026-11-23T22:35Z`,
    /// `2026-11-23`. Nil for other texts.
    public static func nanoseconds(_ text: String) -> Int64? {
        guard
            let match = text.wholeMatch(
                of: /(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?Z?)?/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3), (1...12).contains(month)
        else { return nil }
        let days = days(year: year, month: month, day: day)
        // A day beyond the month's end converts to one of the next month.
        guard civil(daysSince1970: days) == (year, month, day) else { return nil }
        let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
        guard hour < 24, minute < 60, second < 60 else { return nil }
        let fraction = match.7.map { Int64($0 + String(repeating: "0", count: 9 - $0.count)) ?? 0 } ?? 0
        return (Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second)) * 1_000_000_000 + fraction
    }

    private static func number(_ text: Substring?) -> Int { text.flatMap { Int($0) } ?? 0 }

    /// The opposite of `civil` (Howard Hinnant's algorithm `days_from_civil`).
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
