import EFDAvro
import EFDTestKit
import Testing

/// Bytes that are not a value of their schema: each fault is reported, and the batch is unchanged.
@Suite struct HostileBytesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let bytes: [UInt8]
        let reason: AvroFault.Reason?
        init(_ type: String, _ bytes: [UInt8], _ reason: AvroFault.Reason?) {
            (self.type, self.bytes, self.reason) = (type, bytes, reason)
        }
        var testDescription: String { "\(type) of \(bytes)" }
    }

    private static let max = [UInt8](repeating: 0xFF, count: 9)
    private static let ints = #"{"type":"array","items":"int"}"#
    private static let doubles = #"{"type":"array","items":"double"}"#
    private static let map = #"{"type":"map","values":"int"}"#
    private static let color = #"{"type":"enum","name":"C","symbols":["a","b"]}"#

    static let cases: [Case] = [
        // Numbers.
        Case(#""int""#, [], .truncated), Case(#""int""#, [0x80], .truncated),
        Case(#""long""#, Array(max.prefix(8)), .truncated),
        Case(#""long""#, max, .truncated),
        Case(#""long""#, max + [0x01], nil), Case(#""long""#, max + [0x02], .varintTooLong),
        Case(#""long""#, max + [0x81, 0x00], .varintTooLong),
        Case(#""int""#, [0xFE, 0xFF, 0xFF, 0xFF, 0x0F], nil),
        Case(#""int""#, [0x80, 0x80, 0x80, 0x80, 0x10], .varintTooLong),
        Case(#""int""#, max + [0x01], .varintTooLong), Case(#""int""#, [0x80, 0x00], nil),
        Case(#""int""#, [0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], nil),
        Case(#""int""#, [2, 2], .trailingBytes), Case(#""float""#, [1, 2, 3], .truncated),
        Case(#""double""#, [1, 2, 3, 4, 5, 6, 7], .truncated),
        // Booleans.
        Case(#""boolean""#, [1], nil), Case(#""boolean""#, [2], .invalidBoolean),
        Case(#""boolean""#, [0xFF], .invalidBoolean),
        Case(#""boolean""#, [], .truncated),
        // Lengths.
        Case(#""string""#, [0x01], .lengthOutOfRange), Case(#""string""#, max + [0x01], .lengthOutOfRange),
        Case(#""string""#, [0xFE] + max.dropLast() + [0x01], .truncated),
        Case(#""string""#, [6, 0x61, 0x62], .truncated), Case(#""bytes""#, [0x03, 1, 2], .lengthOutOfRange),
        Case(#""bytes""#, [4, 1], .truncated),
        Case(#"{"type":"fixed","name":"F","size":3}"#, [1, 2], .truncated),
        Case(#"{"type":"fixed","name":"F","size":16777216}"#, [1, 2], .truncated),
        // UTF-8: lone continuation, overlong, surrogate, cut short, beyond Unicode; late in a long text.
        Case(#""string""#, [2, 0x80], .invalidUTF8), Case(#""string""#, [4, 0xC0, 0x80], .invalidUTF8),
        Case(#""string""#, [6, 0xED, 0xA0, 0x80], .invalidUTF8),
        Case(#""string""#, [4, 0xE2, 0x82], .invalidUTF8),
        Case(#""string""#, [8, 0xF5, 0x80, 0x80, 0x80], .invalidUTF8),
        Case(#""string""#, [6, 0xE2, 0x82, 0xAC], nil),
        Case(#""string""#, [40] + [UInt8](repeating: 0x61, count: 19) + [0xFF], .invalidUTF8),
        Case(#""string""#, [14, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0xFF], .invalidUTF8),
        Case(#""string""#, [6, 0x61, 0x61, 0xFF], .invalidUTF8), Case(map, [2, 2, 0xFF, 2, 0], .invalidUTF8),
        Case(#"["int","string"]"#, [2, 2, 0xFF], .invalidUTF8),
        // Branches and symbols.
        Case(color, [4], .indexOutOfRange), Case(color, [1], .indexOutOfRange),
        Case(color, max + [0x01], .indexOutOfRange),
        Case(#"["null","int"]"#, [4], .indexOutOfRange),
        Case(#"["null","int"]"#, [1], .indexOutOfRange), Case(#"["null","int","string"]"#, [6], .indexOutOfRange),
        Case(#"["int","string"]"#, [3], .indexOutOfRange),
        // Blocks.
        Case(ints, [4, 2, 4, 0], nil), Case(ints, [4, 2, 4], .truncated), Case(ints, [2], .lengthOutOfRange),
        Case(ints, [3, 4, 2, 4, 0], nil),
        Case(ints, [3, 5, 2, 4, 0], .lengthOutOfRange),
        Case(ints, [3, 0x7E, 2, 4, 0], .lengthOutOfRange), Case(ints, [3], .truncated),
        Case(ints, max + [0x01], .lengthOutOfRange),
        Case(ints, [0xFE] + max.dropLast() + [0x01], .lengthOutOfRange),
        Case(ints, [2, 2, 2, 4, 0], nil), Case(ints, [], .truncated),
        Case(doubles, [2, 1, 2, 3, 4, 5, 6, 7], .lengthOutOfRange),
        Case(doubles, [0x7E], .lengthOutOfRange),
        Case(doubles, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0], .lengthOutOfRange),
        Case(doubles, [0, 0], .trailingBytes),
        Case(map, [2, 2, 0x61, 4, 0], nil), Case(map, [2, 2, 0x61, 4], .truncated),
        Case(map, [0x7E, 2, 0x61, 4, 0], .lengthOutOfRange),
        Case(map, [1, 6, 2, 0x61, 4, 0], nil),
        // Items of no bytes: any count costs the sender nothing.
        Case(#"{"type":"array","items":"null"}"#, [0x80, 0x80, 0x08, 0], nil),
        Case(#"{"type":"array","items":"null"}"#, [0x82, 0x80, 0x08, 0], .lengthOutOfRange),
        Case(#"{"type":"array","items":"null"}"#, [0x80, 0x80, 0x08, 2, 0], .lengthOutOfRange),
        Case(
            #"{"type":"array","items":{"type":"fixed","name":"F","size":0}}"#, [0x82, 0x80, 0x08, 0], .lengthOutOfRange),
        Case(
            #"{"type":"array","items":{"type":"record","name":"E","fields":[]}}"#, [0xFE] + max.dropLast() + [0x01, 0],
            .lengthOutOfRange),
    ]

    @Test(arguments: cases)
    func everyFaultIsReported(example: Case) throws {
        let decoding = try Decoding(Decoding.field(example.type))
        #expect(decoding.fault(ofColumns: example.bytes)?.reason == example.reason, "columns")
        #expect(decoding.fault(ofTree: example.bytes)?.reason == example.reason, "tree")
        #expect(decoding.fault(ofText: example.bytes)?.reason == example.reason, "text")
        #expect(decoding.batch.rowCount == (example.reason == nil ? 1 : 0))
    }

    @Test func theFaultSaysWhere() throws {
        let decoding = try Decoding(
            #"{"type":"record","name":"T","fields":[{"name":"a","type":"double"},{"name":"b","type":"double"},{"name":"s","type":"string"},{"name":"t","type":"boolean"}]}"#
        )
        let good = [UInt8](repeating: 0, count: 16) + [4, 0x61, 0x62, 1]
        #expect(decoding.fault(ofColumns: good) == nil)
        #expect(decoding.fault(ofColumns: Array(good.prefix(19))) == AvroFault(.truncated, at: 19))
        #expect(decoding.fault(ofColumns: Array(good.dropLast()) + [7]) == AvroFault(.invalidBoolean, at: 19))
        #expect(decoding.fault(ofColumns: Array(good.prefix(17)) + [0xFF, 0xFF, 1]) == AvroFault(.invalidUTF8, at: 16))
        #expect(decoding.fault(ofColumns: good + [0]) == AvroFault(.trailingBytes, at: 20))
        #expect(AvroFault(.trailingBytes, at: 20).description.contains("byte 20"))
    }

    @Test func recordsCutShortAnywhereLeaveTheBatchAsItWas() throws {
        let decoding = try Decoding(Everything.schema)
        var random = RandomAvro(seed: 3)
        let records = try (0..<4).map { _ in try AvroEncoder(decoding.schema).encode(random.value(of: decoding.schema))
        }
        for (index, record) in records.enumerated() {
            let before = decoding.batch.contents
            for count in 0..<record.count {
                let part = Array(record.prefix(count))
                let fault = try #require(decoding.fault(ofColumns: part), "a record cut at \(count) of \(record.count)")
                #expect([.truncated, .lengthOutOfRange].contains(fault.reason))
                if count % 16 == 0 {
                    #expect(decoding.fault(ofTree: part) != nil && decoding.fault(ofText: part) != nil)
                }
                #expect(decoding.batch.rowCount == index)
            }
            #expect(decoding.batch.contents == before)
            #expect(decoding.fault(ofColumns: record) == nil)
            let tree = try AvroDecoder(decoding.schema).decode(record)
            #expect(decoding.batch.cells(index) == ExpectedRow.cells(tree, decoding.schema.type, decoding.schema))
        }
    }

    @Test func recordsWithinThemselvesEnd() throws {
        let decoding = try Decoding(
            #"{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}"#)
        #expect(decoding.fault(ofColumns: [2, 2, 2, 0]) == nil)
        let deep = [UInt8](repeating: 2, count: 100_000) + [0]
        #expect(decoding.fault(ofColumns: deep)?.reason == .tooDeep)
        #expect(decoding.fault(ofTree: deep)?.reason == .tooDeep)
        #expect(decoding.fault(ofText: deep)?.reason == .tooDeep)
        #expect(decoding.batch.rowCount == 1)
    }

    @Test func namesThatSwellATextAreBounded() throws {
        let name = String(repeating: "n", count: 4_000)
        let decoding = try Decoding(
            Decoding.field(
                #"{"type":"map","values":{"type":"array","items":{"type":"record","name":"E","fields":[{"name":"\#(name)","type":"null"}]}}}"#
            ))
        // 65,536 records of no bytes, in nine bytes: 268 MB of text.
        let bytes: [UInt8] = [2, 2, 0x61, 0x80, 0x80, 0x08, 0, 0]
        #expect(decoding.fault(ofColumns: bytes)?.reason == .tooLarge)
        #expect(decoding.fault(ofText: bytes)?.reason == .tooLarge)
        #expect(decoding.batch.rowCount == 0)
        #expect(decoding.fault(ofColumns: [0]) == nil)
    }
}
