import EFDCore

extension LeapSecondTable {
    /// Seconds from 1900, the epoch of NTP, to 1970.
    private static let ntpEpoch: Int64 = 2_208_988_800

    /// Parses a `leap-seconds.list` as IERS and NIST publish it: lines `<NTP seconds> <TAI - UTC> # …`, the expiry on a
    /// line `#@ <NTP seconds>`.
    /// - Parameter file: the prefix of errors.
    /// - Throws: `sal.leapSecondsMalformed`, with line and reason.
    public init(parsing bytes: [UInt8], file: String) throws(EFDError) {
        func malformed(_ line: Int, _ why: String) -> EFDError {
            EFDError(
                .salLeapSecondsMalformed, "\(file):\(line): \(why)",
                remedy:
                    "Give a leap-seconds.list as IERS publishes it, or remove the setting to use the built-in table."
            )
        }
        var entries: [Entry] = []
        var expiry: Int64?
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("#@") {
                guard let seconds = Int64(text.dropFirst(2).trimmed), seconds > Self.ntpEpoch, seconds < 1 << 40 else {
                    throw malformed(number, "the expiry is not a number of NTP seconds")
                }
                expiry = seconds - Self.ntpEpoch
                continue
            }
            let words = text.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            if words.isEmpty { continue }
            guard words.count == 2, let seconds = Int64(words[0]), seconds > 0, seconds < 1 << 40,
                let difference = Int64(words[1])
            else {
                throw malformed(number, "expected NTP seconds and TAI - UTC")
            }
            let entry = Entry(utc: seconds - Self.ntpEpoch, difference: difference)
            if let last = entries.last {
                guard entry.utc > last.utc,
                    abs(entry.difference.subtractingReportingOverflow(last.difference).partialValue) == 1
                else {
                    throw malformed(
                        number, "each line must be later than the one before it and differ from it by one second")
                }
            } else if entry != Self.builtIn.entries[0] {
                throw malformed(number, "the first line must be 1972-01-01 (2272060800) with 10 seconds")
            }
            entries.append(entry)
        }
        guard let last = entries.last else { throw malformed(number, "the file has no leap second") }
        guard let expiry else {
            throw malformed(number, "the file has no expiry (a line that begins with #@)")
        }
        guard expiry > last.utc else { throw malformed(number, "the file expires before its last leap second") }
        self.init(entries: entries, expiry: expiry)
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
