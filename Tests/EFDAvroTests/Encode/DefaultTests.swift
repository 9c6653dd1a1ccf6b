import EFDAvro
import EFDCore
import EFDTestKit
import Testing

@Suite struct DefaultTests {
    struct Default: Sendable, CustomTestStringConvertible {
        let type: String
        let json: String
        /// nil: not a valid default.
        let value: AvroValue?
        init(_ type: String, _ json: String, _ value: AvroValue?) {
            (self.type, self.json, self.value) = (type, json, value)
        }
        var testDescription: String { "\(json) for \(type)" }
    }

    private static let point =
        #"{"type":"record","name":"P","fields":[{"name":"x","type":"int"},{"name":"y","type":"int","default":7}]}"#
    static let defaults = [
        Default(#""null""#, "null", .null), Default(#""null""#, "0", nil),
        Default(#""boolean""#, "true", .boolean(true)), Default(#""boolean""#, "1", nil),
        Default(#""int""#, "-5", .int(-5)), Default(#""int""#, "2147483648", nil), Default(#""int""#, "1.0", nil),
        Default(#""int""#, #""1""#, nil),
        Default(#""long""#, "2147483648", .long(2_147_483_648)), Default(#""float""#, "1", .float(1)),
        Default(#""double""#, "0.25", .double(0.25)),
        Default(#""double""#, #""NaN""#, nil), Default(#""string""#, #""x""#, .string("x")),
        Default(#""string""#, "null", nil),
        Default(#""bytes""#, #""\u00FFa""#, .bytes([0xFF, 0x61])), Default(#""bytes""#, #""\u0100""#, nil),
        Default(#"{"type":"fixed","name":"F","size":2}"#, #""ab""#, .fixed([0x61, 0x62])),
        Default(#"{"type":"fixed","name":"F","size":2}"#, #""a""#, nil),
        Default(#"{"type":"enum","name":"E","symbols":["A"]}"#, #""A""#, .enumeration("A")),
        Default(#"{"type":"enum","name":"E","symbols":["A"]}"#, #""B""#, nil),
        Default(#"{"type":"array","items":"int"}"#, "[1,2]", .array([.int(1), .int(2)])),
        Default(#"{"type":"array","items":"int"}"#, "{}", nil),
        Default(#"{"type":"map","values":"int"}"#, #"{"a":1}"#, .map([.init("a", .int(1))])),
        Default(#"["null","int"]"#, "null", .union(0, .null)),
        // A union's default is of its first branch.
        Default(#"["null","int"]"#, "1", nil), Default(#"["int","null"]"#, "1", .union(0, .int(1))),
        Default(point, #"{"x":1}"#, .record([.int(1), .int(7)])),
        Default(point, #"{"x":1,"y":2}"#, .record([.int(1), .int(2)])), Default(point, "{}", nil),
    ]

    @Test(arguments: defaults)
    func defaultsAreValuesOfTheirType(example: Default) throws {
        let schema = try AvroSchema.parse(example.type)
        let json = try JSON.parse(example.json)
        let within = try AvroSchema.parse(
            #"{"type":"record","name":"Top","fields":[{"name":"f","type":\#(example.type),"default":\#(example.json)}]}"#
        )
        if let value = example.value {
            #expect(try AvroValue(default: json, schema.type, schema) == value)
            #expect(try AvroDecoder(schema).decode(AvroEncoder(schema).encode(value)) == value)
            try within.checkDefaults()
        } else {
            #expect(throws: AvroMismatch.self) { try AvroValue(default: json, schema.type, schema) }
            let error = #expect(throws: EFDError.self) { try within.checkDefaults() }
            #expect(error?.code == "avro.defaultInvalid" && error?.message.contains("field f of Top") == true)
        }
    }

    @Test func anEnumsOwnDefaultMustBeASymbol() throws {
        try AvroSchema.parse(#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#).checkDefaults()
        #expect(throws: EFDError.self) {
            try AvroSchema.parse(#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#).checkDefaults()
        }
    }

    @Test func recordsByNameFillInDefaults() throws {
        let schema = try AvroSchema.parse(Self.point)
        let record = try #require(schema.record)
        #expect(try AvroValue.record(record, ["x": .int(3)], schema) == .record([.int(3), .int(7)]))
        #expect(try AvroValue.record(record, ["x": .int(3), "y": .int(4)], schema) == .record([.int(3), .int(4)]))
        let missing = #expect(throws: AvroMismatch.self) { try AvroValue.record(record, ["y": .int(3)], schema) }
        #expect(missing?.reason == .fields && missing?.path == "x")
        let unknown = #expect(throws: AvroMismatch.self) {
            try AvroValue.record(record, ["x": .int(3), "z": .int(4)], schema)
        }
        #expect(unknown?.reason == .fields && unknown?.path == "z")
    }

    @Test func aDefaultWithinItselfEnds() throws {
        let schema = try AvroSchema.parse(
            #"{"type":"record","name":"N","fields":[{"name":"n","type":"N","default":{}}]}"#)
        #expect(throws: EFDError.self) { try schema.checkDefaults() }
    }
}
