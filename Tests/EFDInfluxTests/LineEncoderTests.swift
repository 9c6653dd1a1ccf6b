import EFDAvro
import EFDCore
import EFDSink
import EFDTestKit
import Testing

@testable import EFDInflux

@Suite("Lines")
struct LineEncoderTests {
    /// The lines of a batch, or the faults of its rows.
    private func lines(_ batch: TopicBatch, _ options: LineOptions = LineOptions()) -> [String] {
        let plan = LinePlan(topic: batch.topic, columns: batch.columns.columns, options: options)
        let encoder = LineEncoder(plan, batch.columns, recordTimes: batch.timestamps)
        return (0..<batch.rowCount).map { row in
            var buffer = LineBuffer(capacity: 64)
            do throws(RowFault) { _ = try encoder.encode(row, into: &buffer) } catch { return "\(error)" }
            return String(decoding: buffer.bytes, as: UTF8.self)
        }
    }

    private func options(_ change: (inout LineOptions) -> Void) -> LineOptions {
        var options = LineOptions()
        change(&options)
        return options
    }

    private func notes(
        _ fields: KeyValuePairs<String, JSON>, topic: String = "t", _ options: LineOptions = LineOptions()
    ) throws -> [String] {
        LinePlan(topic: topic, columns: try Rows(fields).plan.columns, options: options).notes
    }

    private static var stamp: JSON { 1_700_000_000.25 }
    private static let time = "1700000000250000000"

    @Test("The EFD's mapping: measurement, arrays by number, integers with i, time at one microsecond")
    func mapping() throws {
        let rows = try Rows([
            "private_efdStamp": "double", "private_kafkaStamp": "double", "salIndex": "long", "private_seqNum": "long",
            "private_identity": "string",
            "level": ["type": "array", "items": "double"], "flow": "double", "valveBits": "long", "open": "boolean",
        ])
        let batch = try rows.batch(
            [
                [Self.stamp, 1_700_000_037.26, 1, 42, "Demo:1", [1.5, 1.25, 0, 2], 3.5, 5, true],
                [1_700_000_000.1234567, 0.0, -1, 0, "", [], -1e-9, -9_223_372_036_854_775_808, false],
            ], topic: "lsst.sal.Demo.tankLevels")
        #expect(
            lines(batch) == [
                """
                lsst.sal.Demo.tankLevels \
                private_efdStamp=1700000000.25,private_kafkaStamp=1700000037.26,salIndex=1i,private_seqNum=42i,\
                private_identity=\"Demo:1\",level0=1.5,level1=1.25,level2=0,level3=2,flow=3.5,valveBits=5i,open=t \(Self.time)
                """,
                "lsst.sal.Demo.tankLevels private_efdStamp=1700000000.1234567,private_kafkaStamp=0,salIndex=-1i,private_seqNum=0i,private_identity=\"\","
                    + "flow=-1e-9,valveBits=-9223372036854775808i,open=f 1700000000123457000",
            ])
    }

    @Test("NaN, infinities and nulls are omitted, in lists too; a row without fields is a fault")
    func leftOut() throws {
        let rows = try Rows([
            "t": "long", "a": "double", "b": ["null", "long"], "c": ["type": "array", "items": "float"],
            "d": ["type": "array", "items": ["null", "string"]],
            "e": ["null", ["type": "array", "items": "boolean"]],
        ])
        let batch = try rows.batch([
            [7, 1.5, 2, [0.1, "nan", 3], ["x", nil, "y"], [true, false]],
            [8, "inf", nil, ["-inf"], [nil], nil],
            [9, "nan", nil, [], [], []],
        ])
        let options = options { $0.timestampFields = ["t"] }
        #expect(
            lines(batch, options) == [
                #"t t=7i,a=1.5,b=2i,c0=0.1,c2=3,d0="x",d2="y",e0=t,e1=f 7000000"#, "t t=8i 8000000", "t t=9i 9000000",
            ])
        let bare = try Rows(["a": "double", "c": ["type": "array", "items": "double"]])
        let empty = try bare.batch([["nan", ["inf"]], [1, []]], timestamps: [5, 6])
        #expect(lines(empty) == ["noFields", "t a=1 6000000"])
    }

    @Test("Texts are unchanged, bytes become base64, enumerations their symbols, inner records their path")
    func texts() throws {
        let rows = try Rows([
            "s": "string", "b": "bytes", "f": ["type": "fixed", "name": "F", "size": 4],
            "e": ["type": "enum", "name": "E", "symbols": ["OFF", "ON"]],
            "r": [
                "type": "record", "name": "R",
                "fields": [["name": "x", "type": "int"], ["name": "y", "type": "float"]],
            ],
        ])
        let batch = try rows.batch(
            [["a\"b\\c\nd\té☃ ,=#", "hello", "\u{0}\u{1}\u{2}\u{3}", 1, [7, 2.5]]], timestamps: [1])
        #expect(
            lines(batch) == [
                "t s=\"a\\\"b\\\\c\nd\té☃ ,=#\",b=\"aGVsbG8=\",f=\"AAECAw==\",e=\"ON\",r.x=7i,r.y=2.5 1000000"
            ])
    }

    @Test(
        "Time: unit by setting, by logical type, by type",
        arguments: [
            (#""double""#, 1_700_000_000.5, .auto, "1700000000500000000"),
            (#""double""#, 1_700_000_000_500.25, .ms, "1700000000500250000"),
            (#""double""#, 1_700_000_000_500_250, .us, "1700000000500250000"), (#""double""#, -0.5, .s, "-500000000"),
            (#""long""#, 1_700_000_000_500, .auto, "1700000000500000000"),
            (#""long""#, 1_700_000_000, .s, "1700000000000000000"),
            (
                #"{"type": "long", "logicalType": "timestamp-micros"}"#, 1_700_000_000_500_001, .auto,
                "1700000000500001000"
            ),
            (#"{"type": "long", "logicalType": "timestamp-millis"}"#, 1_700_000_000_500, .auto, "1700000000500000000"),
            (#""long""#, 1_700_000_000_500_000_123, .ns, "1700000000500000123"),
            (#""int""#, 1_700_000_000, .s, "1700000000000000000"),
            (#""double""#, "nan", .auto, "timeOutOfRange(nan)"), (#""double""#, "inf", .auto, "timeOutOfRange(inf)"),
            (#""double""#, 1e10, .auto, "timeOutOfRange(10000000000.0)"),
            (#""long""#, 9_223_372_036_855, .auto, "timeOutOfRange(9223372036855.0)"),
            (#""long""#, -9_223_372_036_854_775_808, .ns, "timeOutOfRange(-9.223372036854776e+18)"),
            (#"["null", "double"]"#, nil, .auto, "noTime"), (#"["null", "double"]"#, 1, .auto, "1000000000"),
        ] as [(String, JSON, EventTime.Unit, String)])
    func times(type: String, value: JSON, unit: EventTime.Unit, expected: String) throws {
        let rows = try Rows(["v": "int", "stamp": JSON.parse(Array(type.utf8))])
        let options = options {
            $0.timestampFields = ["none", "stamp"]
            $0.timestampUnit = unit
        }
        let line = lines(try rows.batch([[1, value]]), options)[0]
        #expect(line.split(separator: " ").last.map { String($0) } == expected, "\(line)")
    }

    @Test("Every logical type and unit, as in every sink", arguments: EventTimeCase.all)
    func logicalTypes(entry: EventTimeCase) throws {
        let schema = try AvroSchema.parse(
            #"{"type":"record","name":"R","fields":[{"name":"v","type":"int"},{"name":"time","type":\#(entry.type)}]}"#)
        let batch = TopicBatch(topic: "t", partition: 0, schemaID: 1, plan: try AvroPlan(schema))
        try AvroEncoder(schema).encode(.record([.int(1), entry.value])).withUnsafeBytes {
            try batch.append($0, offset: 0, timestamp: 1_600_000_000_125)
        }
        let line = lines(
            batch,
            options {
                $0.timestampFields = ["time"]
                $0.timestampUnit = entry.unit
            })[0]
        switch entry.expected {
        case .moment(let nanoseconds, _): #expect(line == "t v=1i \(nanoseconds)")
        case .field:
            #expect(line.hasPrefix("t v=1i,time") && line.hasSuffix(" 1600000000125000000"), "the field stays: \(line)")
        }
    }

    @Test("Without a timestamp field, Kafka's time counts or the row is refused")
    func fallback() throws {
        let rows = try Rows(["v": "int", "private_efdStamp": "string"])
        let batch = try rows.batch([[1, "x"], [2, "y"]], timestamps: [1_700_000_000_250, nil])
        #expect(lines(batch) == [#"t v=1i,private_efdStamp="x" 1700000000250000000"#, "noTime"])
        #expect(lines(batch, options { $0.timestampFallback = .reject }) == ["noTime", "noTime"])
        #expect(try notes(["v": "int", "private_efdStamp": "string"]).count == 2)
        #expect(try notes(["private_efdStamp": "double"]).isEmpty)
    }

    @Test("Tags: sorted, escaped, omitted if empty or null, not fields as well")
    func tags() throws {
        let rows = try Rows([
            "v": "int", "z_tag": ["null", "string"], "a": "string", "n": "long", "b": "boolean", "x": "double",
            "l": ["type": "array", "items": "int"],
        ])
        let batch = try rows.batch(
            [
                [1, "k=v, w", #"c:\"#, -3, true, 1.5, [1]], [2, nil, "", 4, false, "nan", []],
                [3, "two\nlines", #"a\b\,"#, 5, true, 2, []],
            ],
            timestamps: [1, 2, 3])
        let options = options { $0.tagFields = ["z_tag", "a", "n", "b", "x", "l", "absent"] }
        #expect(
            lines(batch, options) == [
                #"t,a=c:/,b=t,n=-3,x=1.5,z_tag=k\=v\,\ w v=1i,l0=1i 1000000"#, "t,b=f,n=4 v=2i 2000000",
                #"t,a=a\b/\,,b=t,n=5,x=2,z_tag=two\nlines v=3i 3000000"#,
            ])
        #expect(
            try notes(["t": "long", "l": ["type": "array", "items": "int"]], options).contains {
                $0.contains("cannot be a tag")
            })
    }

    @Test("Names with commas, blanks, equals signs, quotes, backslashes and letters of any script")
    func names() throws {
        #expect(String(decoding: NameText.key(#"a,b c=d"e\f"#), as: UTF8.self) == #"a\,b\ c\=d"e\f"#)
        #expect(String(decoding: NameText.key(#"é☃\"#), as: UTF8.self) == "é☃/")
        #expect(String(decoding: NameText.key("a\\\\,b\nc"), as: UTF8.self) == #"a//\,b\nc"#)
        #expect(String(decoding: NameText.measurement("a=b, c"), as: UTF8.self) == #"a=b\,\ c"#)
        #expect(String(decoding: NameText.measurement("#a"), as: UTF8.self) == "_#a")
    }

    @Test("A field called time is a point's time, or gets another name")
    func time() throws {
        let aggregate = try Rows(["time": "double", "count": "long"])
        #expect(lines(try aggregate.batch([[1.5, 3]])) == ["t count=3i 1500000000"])
        let other = try Rows(["private_efdStamp": "double", "time": "string", "time_": "int"])
        #expect(
            lines(try other.batch([[2, "noon", 5]])) == [#"t private_efdStamp=2,time__="noon",time_=5i 2000000000"#])
    }

    @Test("Items of a list whose names other fields have give way to them")
    func collisions() throws {
        let fields: KeyValuePairs<String, JSON> = [
            "a": ["type": "array", "items": "int"], "a1": "int", "a01": "int", "ab": "int",
        ]
        #expect(
            lines(try Rows(fields).batch([[[10, 11, 12], 1, 2, 3]], timestamps: [1])) == [
                "t a0=10i,a2=12i,a1=1i,a01=2i,ab=3i 1000000"
            ])
        #expect(try notes(fields).contains { $0.contains("a1") })
    }

    @Test("A prefix is removed from the measurement")
    func prefix() throws {
        let rows = try Rows(["v": "int"])
        let options = options { $0.removePrefix = "lsst.sal." }
        #expect(
            lines(try rows.batch([[1]], topic: "lsst.sal.Demo.x", timestamps: [1]), options) == ["Demo.x v=1i 1000000"])
        #expect(
            lines(try rows.batch([[1]], topic: "other.sal.Demo.x", timestamps: [1]), options) == [
                "other.sal.Demo.x v=1i 1000000"
            ])
        #expect(
            lines(try rows.batch([[1]], topic: "lsst.sal.", timestamps: [1]), options) == ["lsst.sal. v=1i 1000000"])
        #expect(try notes(["v": "int"], topic: "other", options).contains { $0.contains("lsst.sal.") })
    }

    @Test("Long keys, long texts and long lists, across the buffer's growth")
    func long() throws {
        let name = String(repeating: "n", count: 300)
        let rows = try Rows([.init(name): "int", "s": "string", "l": ["type": "array", "items": "double"]])
        let text = String(repeating: "\\\"", count: 40_000)
        let batch = try rows.batch(
            [[1, .string(text), .array((0..<3000).map { .real(Double($0) / 3) })]], timestamps: [1])
        let line = lines(batch)[0]
        let list = (0..<3000).map { "l\($0)=\($0 % 3 == 0 ? "\($0 / 3)" : "\(Double($0) / 3)")" }.joined(separator: ",")
        #expect(line == "t \(name)=1i,s=\"\(String(repeating: #"\\\""#, count: 40_000))\",\(list) 1000000")
    }

    @Test("Notes use the words of schemas")
    func words() throws {
        var options = LineOptions()
        options.tagFields = ["l"]
        let found = try notes(
            ["private_efdStamp": "double", "l": ["type": "array", "items": "int"], "l0": "int"], options)
        #expect(found.contains("the field l cannot be a tag: it is of type array of int"), "\(found)")
        #expect(found.contains("items of l clash with names of other fields and are omitted: l0"), "\(found)")
        let unfit = try notes(["private_efdStamp": ["type": "array", "items": "double"]])
        #expect(unfit.contains { $0.contains("it is of type array of double") }, "\(unfit)")
    }
}
