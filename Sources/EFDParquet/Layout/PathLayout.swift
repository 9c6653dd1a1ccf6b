import EFDCore
import Glibc

/// Which folder a row's time leads to: time is cut into partitions of equal length, each with a folder named by its
/// beginning, UTC.
struct PathLayout: Sendable {
    /// Seconds of a partition.
    let length: Int64
    /// As strftime(3) takes it: `year=%Y/month=%m/day=%d/hour=%H`.
    let format: String

    static let longest = 255

    /// Throws `parquet.pathFormatRefused`.
    init(length: Int64, format: String) throws(EFDError) {
        self.length = length
        self.format = format
        let (one, next) = (folder(0), folder(1))
        guard !one.isEmpty, one != next, !one.hasPrefix("/"), !one.split(separator: "/").contains("..") else {
            throw EFDError(
                "parquet.pathFormatRefused",
                "--path-format '\(format)' does not give each \(length) s a folder of its own (it gives '\(one)')",
                remedy: "Name every part of the time down to --partition-length, as in year=%Y/month=%m/day=%d/hour=%H."
            )
        }
    }

    init(_ settings: Settings) throws(EFDError) {
        try self.init(
            length: Int64(settings[ParquetSettings.partitionLength]), format: settings[ParquetSettings.pathFormat])
    }

    /// The number of the partition that a time belongs to.
    @inline(__always)
    func slot(seconds: Double) -> Int64 { Int64((seconds / Double(length)).rounded(.down)) }

    /// The seconds since 1970 that a partition takes.
    func seconds(_ slot: Int64) -> Range<Int64> { slot * length..<(slot + 1) * length }

    func folder(_ slot: Int64) -> String {
        var seconds = time_t(slot * length)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: Self.longest + 1)
        let count = strftime(&text, text.count, format, &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
