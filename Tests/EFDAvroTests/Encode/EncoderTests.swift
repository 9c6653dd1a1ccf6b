import EFDAvro
import EFDCore
import Testing

@Suite struct EncoderTests {
    struct Encoding: Sendable, CustomTestStringConvertible {
        let type: String
        let value: AvroValue
        let bytes: [UInt8]
        init(_ type: String, _ value: AvroValue, _ bytes: [UInt8]) {
            (self.type, self.value, self.bytes) = (type, value, bytes)
        }
        var testDescription: String { "\(value) as \(type)" }
    }

    /// Bytes as Avro's specification has them, or worked out by hand.
    static let encodings = [
        Encoding(#""null""#, .null, []), Encoding(#""boolean""#, .boolean(true), [1]),
        Encoding(#""int""#, .int(0), [0]), Encoding(#""int""#, .int(-1), [1]),
        Encoding(#""int""#, .int(1), [2]), Encoding(#""int""#, .int(-64), [0x7F]),
        Encoding(#""int""#, .int(64), [0x80, 0x01]),
        Encoding(#""int""#, .int(-65), [0x81, 0x01]),
        Encoding(#""int""#, .int(.max), [0xFE, 0xFF, 0xFF, 0xFF, 0x0F]),
        Encoding(#""int""#, .int(.min), [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
        Encoding(#""long""#, .long(8_191), [0xFE, 0x7F]), Encoding(#""long""#, .long(8_192), [0x80, 0x80, 0x01]),
        Encoding(#""long""#, .long(.max), [0xFE] + [UInt8](repeating: 0xFF, count: 8) + [0x01]),
        Encoding(#""long""#, .long(.min), [UInt8](repeating: 0xFF, count: 9) + [0x01]),
        Encoding(#""float""#, .float(1.5), [0, 0, 0xC0, 0x3F]),
        Encoding(#""double""#, .double(-2), [0, 0, 0, 0, 0, 0, 0, 0xC0]),
        Encoding(#""string""#, .string("foo"), [0x06, 0x66, 0x6F, 0x6F]),
        Encoding(#""bytes""#, .bytes([0xFF]), [2, 0xFF]),
        Encoding(#"{"type":"fixed","name":"F","size":2}"#, .fixed([1, 2]), [1, 2]),
        Encoding(#"{"type":"enum","name":"Foo","symbols":["A","B","C","D"]}"#, .enumeration("D"), [6]),
        Encoding(#"{"type":"array","items":"long"}"#, .array([.long(3), .long(27)]), [0x04, 0x06, 0x36, 0x00]),
        Encoding(#"{"type":"array","items":"long"}"#, .array([]), [0]),
        Encoding(#"{"type":"map","values":"int"}"#, .map([.init("a", .int(1))]), [2, 2, 0x61, 2, 0]),
        Encoding(#"["null","string"]"#, .union(0, .null), [0]),
        Encoding(#"["null","string"]"#, .union(1, .string("a")), [0x02, 0x02, 0x61]),
        Encoding(
            #"{"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}"#,
            .record([.long(27), .string("foo")]),
            [0x36, 0x06, 0x66, 0x6F, 0x6F]),
    ]

    @Test(arguments: encodings)
    func valuesHaveTheBytesOfTheSpecification(example: Encoding) throws {
        let schema = try AvroSchema.parse(example.type)
        #expect(try AvroEncoder(schema).encode(example.value) == example.bytes)
        #expect(try AvroDecoder(schema).decode(example.bytes) == example.value)
    }

    struct Choice: Sendable {
        let value: AvroValue
        let branch: Int?
    }

    @Test(arguments: [
        Choice(value: .null, branch: 0), Choice(value: .int(5), branch: 1), Choice(value: .long(5), branch: 1),
        Choice(value: .long(1 << 40), branch: 2),
        Choice(value: .string("x"), branch: 3), Choice(value: .enumeration("A"), branch: 4),
        Choice(value: .enumeration("B"), branch: nil),
        Choice(value: .fixed([1]), branch: 5), Choice(value: .fixed([1, 2]), branch: nil),
        Choice(value: .record([.int(1)]), branch: 6),
        Choice(value: .float(1), branch: nil),
    ])
    func aValueWithoutABranchTakesTheFirstThatFits(choice: Choice) throws {
        let schema = try AvroSchema.parse(
            """
            ["null","int","long","string",{"type":"enum","name":"E","symbols":["A"]},{"type":"fixed","name":"F","size":1},
            {"type":"record","name":"R","fields":[{"name":"i","type":"int"}]}]
            """)
        guard let branch = choice.branch else {
            let mismatch = #expect(throws: AvroMismatch.self) { try AvroEncoder(schema).encode(choice.value) }
            #expect(mismatch?.reason == .branch)
            return
        }
        #expect(try AvroEncoder(schema).encode(choice.value).first == UInt8(branch * 2))
    }

    struct Mismatch: Sendable, CustomTestStringConvertible {
        let type: String
        let value: AvroValue
        let reason: AvroMismatch.Reason
        let path: String
        init(_ type: String, _ value: AvroValue, _ reason: AvroMismatch.Reason, _ path: String = "") {
            (self.type, self.value, self.reason, self.path) = (type, value, reason, path)
        }
        var testDescription: String { "\(value) as \(type)" }
    }

    static let nested =
        #"{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]}}},{"name":"m","type":{"type":"map","values":"string"}}]}"#
    static let mismatches = [
        Mismatch(#""int""#, .string("x"), .type), Mismatch(#""int""#, .long(1 << 31), .range),
        Mismatch(#""int""#, .long(-(1 << 31) - 1), .range),
        Mismatch(#""long""#, .double(1), .type), Mismatch(#""double""#, .float(1), .type),
        Mismatch(#""string""#, .bytes([1]), .type),
        Mismatch(#""null""#, .int(0), .type),
        Mismatch(#"{"type":"fixed","name":"F","size":2}"#, .fixed([1]), .size),
        Mismatch(#"{"type":"enum","name":"E","symbols":["A"]}"#, .enumeration("B"), .symbol),
        Mismatch(#"["null","int"]"#, .union(2, .int(1)), .branch),
        Mismatch(#"["null","int"]"#, .union(-1, .int(1)), .branch),
        Mismatch(#"["null","int"]"#, .union(0, .int(1)), .type),
        Mismatch(#"{"type":"array","items":"int"}"#, .array([.int(1), .null]), .type, "[1]"),
        Mismatch(#"{"type":"map","values":"int"}"#, .array([]), .type),
        Mismatch(nested, .record([.array([])]), .fields),
        Mismatch(nested, .record([.array([.record([.int(1)]), .record([.null])]), .map([])]), .type, "a[1].x"),
        Mismatch(nested, .record([.array([]), .map([.init("k", .int(1))])]), .type, "m[k]"),
    ]

    @Test(arguments: mismatches)
    func whatDoesNotFitIsReportedWithItsPlace(example: Mismatch) throws {
        let encoder = AvroEncoder(try AvroSchema.parse(example.type))
        var bytes: [UInt8] = [1, 2, 3]
        let mismatch = #expect(throws: AvroMismatch.self) { try encoder.append(example.value, to: &bytes) }
        #expect(mismatch?.reason == example.reason && mismatch?.path == example.path)
        #expect(bytes == [1, 2, 3], "what was there before stays")
    }

    @Test func treesNestedTooDeepAreRefused() throws {
        let schema = try AvroSchema.parse(
            #"{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}"#)
        var value = AvroValue.record([.null])
        for _ in 0..<200 { value = .record([.union(1, value)]) }
        let mismatch = #expect(throws: AvroMismatch.self) { try AvroEncoder(schema).encode(value) }
        #expect(mismatch?.reason == .tooDeep)
    }
}
