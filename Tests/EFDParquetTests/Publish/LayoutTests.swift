import EFDCore
import EFDTestKit
import Testing

@testable import EFDParquet

@Suite struct LayoutTests {
    @Test(arguments: [
        FileName(topic: "lsst.sal.MTMount.azimuth", partition: 0, first: 0, last: 0, codec: .zstd),
        FileName(topic: "a-b_c", partition: 12, first: 1_234_567_890_123, last: 9_234_567_890_123, codec: .none),
    ])
    func namesAreReadAsTheyWereWritten(name: FileName) {
        #expect(FileName(name.text) == name)
    }

    @Test func aNameIsWhatItIsSaidToBe() {
        let name = FileName(topic: "lsst.sal.Test.scalars", partition: 3, first: 42, last: 99, codec: .snappy)
        #expect(name.text == "lsst.sal.Test.scalars+3+0000000042-99.snappy.parquet")
    }

    @Test(arguments: [
        "", "x.parquet", "a+0+1-2.zip.parquet", "a+0+2-1.zstd.parquet", "a+x+1-2.zstd.parquet", "a+0+1.zstd.parquet",
        "a+0+-1-2.zstd.parquet",
        "a+0+1-2.zstd.parquet.tmp",
    ])
    func otherNamesAreNone(text: String) {
        #expect(FileName(text) == nil)
    }

    @Test func foldersAreThoseOfTheHour() throws {
        let layout = try PathLayout(length: 3600, format: "year=%Y/month=%m/day=%d/hour=%H")
        #expect(
            layout.folder(layout.timePartition(microseconds: 1_790_000_000_000_000))
                == "year=2026/month=09/day=21/hour=14")
        #expect(layout.folder(layout.timePartition(microseconds: 0)) == "year=1970/month=01/day=01/hour=00")
        let days = try PathLayout(length: 86400, format: "%Y/%j")
        #expect(days.folder(days.timePartition(microseconds: 1_790_000_000_000_000)) == "2026/264")
    }

    @Test(arguments: ["year=%Y", "", "/%H", "../%Y/%j/%H", "%Y/%j"])
    func aFormatThatTellsNoHoursApartIsRefused(format: String) {
        let error = #expect(throws: EFDError.self) { _ = try PathLayout(length: 3600, format: format) }
        #expect(error?.code == "parquet.pathFormatRefused")
    }
}
