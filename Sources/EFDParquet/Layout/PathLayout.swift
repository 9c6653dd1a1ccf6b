import EFDCore
import Glibc

/// The folder of a row, by its time: time is divided into partitions of equal length, each with a folder named by its
/// start, UTC.
struct PathLayout: Sendable {
    /// Seconds of a time partition.
    let length: Int64
    /// In the syntax of strftime(3): `year=%Y/month=%m/day=%d/hour=%H`.
    let format: String

    private static let longest = 255
    /// In microseconds.
    private static let second: Int64 = 1_000_000

    /// Throws `parquet.pathFormatRefused`.
    init(length: Int64, format: String) throws(EFDError) {
        self.length = length
        self.format = format
        let (one, next) = (folder(0), folder(1))
        guard !one.isEmpty, one != next, !one.hasPrefix("/"), !one.split(separator: "/").contains("..") else {
            throw EFDError(
                .parquetPathFormatRefused,
                "--path-format '\(format)' does not give each \(length) s a folder of its own (it gives '\(one)')",
                remedy: "Name every part of the time down to --partition-length, as in year=%Y/month=%m/day=%d/hour=%H."
            )
        }
    }

    init(_ settings: Settings) throws(EFDError) {
        try self.init(
            length: Int64(settings[ParquetSettings.partitionLength]), format: settings[ParquetSettings.pathFormat])
    }

    /// The number of the time partition of a moment, in microseconds since 1970.
    func timePartition(microseconds: Int64) -> Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: length * Self.second)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// The range of a time partition in seconds since 1970.
    func seconds(_ timePartition: Int64) -> Range<Int64> { timePartition * length..<(timePartition + 1) * length }

    /// The same in microseconds.
    func microseconds(_ timePartition: Int64) -> Range<Int64> {
        let seconds = seconds(timePartition)
        return seconds.lowerBound * Self.second..<seconds.upperBound * Self.second
    }

    func folder(_ timePartition: Int64) -> String {
        var seconds = time_t(timePartition * length)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: Self.longest + 1)
        let count = strftime(&text, text.count, format, &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
