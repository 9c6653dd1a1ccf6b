import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct LeapSecondTests {
    private let table = LeapSecondTable.builtIn

    /// NTP seconds and TAI - UTC of every line that IERS publishes.
    private static let published: [(Int64, Int)] = [
        (2_272_060_800, 10), (2_287_785_600, 11), (2_303_683_200, 12), (2_335_219_200, 13), (2_366_755_200, 14),
        (2_398_291_200, 15), (2_429_913_600, 16),
        (2_461_449_600, 17), (2_492_985_600, 18), (2_524_521_600, 19), (2_571_782_400, 20), (2_603_318_400, 21),
        (2_634_854_400, 22), (2_698_012_800, 23),
        (2_776_982_400, 24), (2_840_140_800, 25), (2_871_676_800, 26), (2_918_937_600, 27), (2_950_473_600, 28),
        (2_982_009_600, 29), (3_029_443_200, 30),
        (3_076_704_000, 31), (3_124_137_600, 32), (3_345_062_400, 33), (3_439_756_800, 34), (3_550_089_600, 35),
        (3_644_697_600, 36), (3_692_217_600, 37),
    ]
    private static let list =
        "#$\t3992312697\n#\n#@\t4023129600\n#\n" + published.map { "\($0)\t\($1)\t# day\n" }.joined() + "#h\ta b c\n"

    @Test func builtInTableIsThePublishedOne() throws {
        #expect(try LeapSecondTable(parsing: Array(Self.list.utf8), file: "list") == table)
        let dates = table.entries.map { Timestamp.text(nanoseconds: $0.utc * 1_000_000_000).prefix(19) }
        #expect(dates.allSatisfy { $0.hasSuffix("-01-01T00:00:00") || $0.hasSuffix("-07-01T00:00:00") })
        #expect(dates.first == "1972-01-01T00:00:00" && dates.last == "2017-01-01T00:00:00")
        #expect(Timestamp.text(nanoseconds: table.expiry * 1_000_000_000).hasPrefix("2027-06-28"))
    }

    @Test(arguments: [
        (1_785_000_000.25, 1_784_999_963.25),  // 2026
        (1_483_228_837.0, 1_483_228_800.0),  // 2017-01-01T00:00:00
        (1_483_228_836.5, 1_483_228_800.5),  // 23:59:60.5, same number as half a second later
        (1_483_228_835.5, 1_483_228_799.5),  // 23:59:59.5
        (1_435_708_836.0, 1_435_708_800.0),  // 2015-07-01
        (63_072_010.0, 63_072_000.0),  // 1972-01-01
        (4_000_000_000.125, 3_999_999_963.125),  // past the expiry
    ])
    func utcFromTAI(tai: Double, utc: Double) throws {
        #expect(try table.utc(fromTAI: tai) == utc)
    }

    @Test(arguments: [
        (1_784_999_963.25, 1_785_000_000.25), (1_483_228_800.0, 1_483_228_837.0), (1_483_228_799.5, 1_483_228_835.5),
        (63_072_000.0, 63_072_010.0),
    ])
    func taiFromUTC(utc: Double, tai: Double) throws {
        #expect(try table.tai(fromUTC: utc) == tai)
    }

    @Test func onlyWholeSecondsChange() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let utc = Double.random(in: 63_072_000..<1_900_000_000, using: &random)
            let tai = try table.tai(fromUTC: utc)
            #expect(try table.utc(fromTAI: tai) == utc)
            #expect((tai - utc).rounded() == tai - utc)
            let interval = try table.interval(atTAI: tai)
            #expect(interval.contains(tai: tai) && interval.difference == tai - utc)
        }
    }

    @Test func timesWithoutCounterpart() {
        #expect(throws: TimeFault.before1972) { try table.utc(fromTAI: 63_072_009.99) }
        #expect(throws: TimeFault.before1972) { try table.utc(fromTAI: 0) }
        #expect(throws: TimeFault.before1972) { try table.tai(fromUTC: 63_071_999.9) }
        for bad in [Double.nan, .infinity, -.infinity] {
            #expect(throws: TimeFault.notFinite) { try table.utc(fromTAI: bad) }
            #expect(throws: TimeFault.notFinite) { try table.tai(fromUTC: bad) }
        }
        #expect(!table.isExpired(atUTC: 1_814_140_799) && table.isExpired(atUTC: 1_814_140_800))
    }

    @Test func aLaterListCanTakeASecondAway() throws {
        let text = Self.list.replacing("#@\t4023129600", with: "#@ 4100000000") + "4039372800 36 # 1 Jan 2028\n"
        let later = try LeapSecondTable(parsing: Array(text.utf8), file: "list")
        #expect(later.expiry == 4_100_000_000 - 2_208_988_800)
        #expect(try later.utc(fromTAI: 1_830_384_036) == 1_830_384_000)
        #expect(try later.tai(fromUTC: 1_830_383_999) == 1_830_384_036)
    }

    @Test(arguments: [
        ("", "has no leap second"), ("#@ 4023129600\n", "has no leap second"),
        ("2272060800 10\n", "has no expiry"),
        ("#@ 2272060800\n2272060800 10\n", "expires before"), ("#@ soon\n2272060800 10\n", "list:1: the expiry"),
        ("#@ 4023129600\n2272060800 ten\n", "list:2: expected"),
        ("#@ 4023129600\n2272060800\n", "list:2: expected"),
        ("#@ 4023129600\n2287785600 11\n", "first line must be 1972"),
        ("#@ 4023129600\n2272060800 10\n2272060800 11\n", "list:3: each line"),
        ("#@ 4023129600\n2272060800 10\n2287785600 12\n", "list:3: each line"),
        ("#@ 4023129600\n2272060800 10\n2287785600 -9223372036854775808\n", "list:3: each line"),
        ("<html>\n", "list:1: expected"),
        ("#@ 99999999999999999999\n", "list:1: the expiry"),
    ])
    func malformedLists(text: String, says: String) throws {
        let error = try #require(throws: EFDError.self) { try LeapSecondTable(parsing: Array(text.utf8), file: "list") }
        #expect(error.code == "sal.leapSecondsMalformed" && error.message.contains(says), "\(error)")
    }
}
