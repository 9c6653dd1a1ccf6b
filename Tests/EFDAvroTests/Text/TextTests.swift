import EFDAvro
import Testing

@Suite struct TextTests {
    struct Shown: Sendable, CustomTestStringConvertible {
        let type: String
        let value: AvroValue
        let text: String
        init(_ type: String, _ value: AvroValue, _ text: String) {
            (self.type, self.value, self.text) = (type, value, text)
        }
        var testDescription: String { text }
    }

    static let shown = [
        Shown(#""null""#, .null, "null"), Shown(#""boolean""#, .boolean(false), "false"),
        Shown(#""int""#, .int(.min), "-2147483648"),
        Shown(#""long""#, .long(.max), "9223372036854775807"), Shown(#""float""#, .float(0.1), "0.1"),
        Shown(#""float""#, .float(.infinity), #""Infinity""#),
        Shown(#""double""#, .double(0.1 + 0.2), "0.30000000000000004"), Shown(#""double""#, .double(1e300), "1e+300"),
        Shown(#""double""#, .double(5), "5.0"),
        Shown(#""double""#, .double(.nan), #""NaN""#), Shown(#""double""#, .double(-.infinity), #""-Infinity""#),
        Shown(#""double""#, .double(-0.0), "-0.0"),
        Shown(#""string""#, .string("a\"\\\n\t\u{1}µ"), #""a\"\\\n\t\u0001µ""#),
        Shown(#""bytes""#, .bytes([0x00, 0xAB, 0xFF]), #""00abff""#),
        Shown(#"{"type":"fixed","name":"F","size":2}"#, .fixed([1, 16]), #""0110""#),
        Shown(#"{"type":"enum","name":"E","symbols":["A","B"]}"#, .enumeration("B"), #""B""#),
        Shown(#"["null","int"]"#, .union(0, .null), "null"), Shown(#"["null","int"]"#, .union(1, .int(3)), "3"),
        Shown(#"{"type":"array","items":"int"}"#, .array([]), "[]"),
        Shown(#"{"type":"array","items":["null","int"]}"#, .array([.int(1), .null, .int(2)]), "[1,null,2]"),
        Shown(
            #"{"type":"map","values":"int"}"#, .map([.init("b", .int(1)), .init("a\"", .int(2))]), #"{"b":1,"a\"":2}"#),
        Shown(#"{"type":"record","name":"R","fields":[]}"#, .record([]), "{}"),
        Shown(
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","R"]}]}"#,
            .record([.int(1), .union(1, .record([.int(2), .null]))]), #"{"a":1,"b":{"a":2,"b":null}}"#),
    ]

    @Test(arguments: shown)
    func valuesAreShownAsJSON(example: Shown) throws {
        let schema = try AvroSchema.parse(example.type)
        let bytes = try AvroEncoder(schema).encode(example.value)
        #expect(try bytes.withUnsafeBytes { try AvroText.json($0, schema) } == example.text)
    }
}
