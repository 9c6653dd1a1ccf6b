import EFDTestKit
import Testing

@testable import EFDAvro

/// The column of the event time, and its moments.
@Suite struct EventTimeTests {
    private func batch(_ type: String, _ values: [AvroValue]) throws -> ColumnBatch {
        let schema = try AvroSchema.parse(Decoding.field(type, name: "stamp"))
        let plan = try AvroPlan(schema)
        let batch = ColumnBatch(plan)
        for value in values {
            let bytes = try AvroEncoder(schema).encode(.record([value]))
            try bytes.withUnsafeBytes { raw in Result { () throws(AvroFault) in try plan.decode(raw, into: batch) } }
                .get()
        }
        return batch
    }

    @Test(arguments: EventTimeCase.all)
    func everyLogicalTypeAndUnitHasItsMoment(entry: EventTimeCase) throws {
        let batch = try batch(entry.type, [entry.value])
        let (found, unfit) = EventTime.choose(["absent", "stamp"], in: batch.columns, unit: entry.unit)
        guard case .moment(let nanoseconds, _) = entry.expected else {
            #expect(found == nil && unfit.map(\.name) == ["stamp"])
            return
        }
        let time = try #require(found)
        #expect(time.column == 0 && time.name == "stamp" && unfit.isEmpty)
        #expect(time.nanoseconds(batch.view(0), 0) == nanoseconds)
        var moments: [Int64] = []
        time.appendMicroseconds(of: batch, recordTimes: [1], to: &moments)
        #expect(moments == [nanoseconds / 1000])
    }

    @Test func theFirstCandidateThatIsATimeCounts() throws {
        let schema = try AvroSchema.parse(
            """
            {"type":"record","name":"R","fields":[{"name":"b","type":"double"},\
            {"name":"a","type":{"type":"int","logicalType":"time-millis"}},{"name":"c","type":"long"}]}
            """)
        let (time, unfit) = EventTime.choose(["a", "c", "b"], in: try AvroPlan(schema).columns)
        #expect(time?.name == "c" && time?.column == 2)
        #expect(unfit == [.init(name: "a", reason: "is a time of day (time-millis)")])
    }

    @Test func rowsWithoutAMeaningfulTimeHaveThatOfTheirRecord() throws {
        let values: [AvroValue] = [
            .union(1, .double(1.5)), .union(0, .null), .union(1, .double(.nan)), .union(1, .double(-1)),
            .union(1, .double(253_402_300_800)), .union(1, .double(253_402_300_799)), .union(1, .double(.infinity)),
            .union(1, .double(1e300)),
        ]
        let batch = try batch(#"["null","double"]"#, values)
        let time = try #require(EventTime.choose(["stamp"], in: batch.columns).time)
        var moments: [Int64] = [7]
        time.appendMicroseconds(
            of: batch, recordTimes: [1, 2, 3, 4, 5, 6, .min, 1 << 62], to: &moments)
        #expect(moments == [7, 1_500_000, 2000, 3000, 4000, 5000, 253_402_300_799_000_000, 0, 0])
        #expect(time.nanoseconds(batch.view(0), 2) == nil && time.nanoseconds(batch.view(0), 7) == nil)
        #expect(time.nanoseconds(batch.view(0), 4) == nil, "beyond 2262")
        #expect(time.number(batch.view(0), 3) == -1)
    }

    @Test func wholeNumbersBeyond64BitsHaveNoMoment() throws {
        let batch = try batch(
            #"{"type":"long","logicalType":"timestamp-millis"}"#,
            [.long(.max), .long(.min), .long(9_223_372_036_854), .long(9_223_372_036_855)])
        let time = try #require(EventTime.choose(["stamp"], in: batch.columns).time)
        #expect(
            (0..<4).map { time.nanoseconds(batch.view(0), $0) } == [nil, nil, 9_223_372_036_854_000_000, nil])
    }

    /// Before 1970 as well: nanoseconds are rounded down to microseconds, never towards zero.
    @Test func nanosecondsAreRoundedDown() {
        #expect(EventTime.microseconds(1999, nanoseconds: 1) == 1 && EventTime.microseconds(-1, nanoseconds: 1) == -1)
        #expect(EventTime.microseconds(-1000, nanoseconds: 1) == -1)
        #expect(EventTime.microseconds(-1001, nanoseconds: 1) == -2)
    }

    @Test func realsAreRoundedToTheNearestMicrosecond() {
        #expect(EventTime.nearest(0.000_000_4, times: 1e6) == 0 && EventTime.nearest(0.000_000_6, times: 1e6) == 1)
        #expect(EventTime.nearest(-0.000_000_6, times: 1e6) == -1)
        for micros in stride(from: Int64(1_784_505_719_000_000), to: 1_784_505_720_000_000, by: 997) {
            // A stamp that was written with six digits.
            let written = Double("1784505719.\(String(micros % 1_000_000 + 1_000_000).dropFirst())") ?? 0
            #expect(EventTime.nearest(written, times: 1e6) == micros)
        }
    }
}
