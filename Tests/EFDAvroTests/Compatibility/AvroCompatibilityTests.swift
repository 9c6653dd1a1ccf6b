import EFDAvro
import Testing

struct AvroCompatibilityTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let reader: String
        let writer: String
        /// `KIND at /path`, in order.
        let expected: [String]
        var testDescription: String { "\(reader) reads \(writer)" }

        init(_ reader: String, _ writer: String, _ expected: String...) {
            (self.reader, self.writer, self.expected) = (reader, writer, expected)
        }
    }

    private static func record(_ fields: String..., name: String = "R", extra: String = "") -> String {
        #"{"type":"record","name":"\#(name)"\#(extra),"fields":[\#(fields.joined(separator: ","))]}"#
    }
    private static let int = #"{"name":"i","type":"int"}"#
    private static let intDefault = #"{"name":"i","type":"int","default":1}"#
    private static let text = #"{"name":"t","type":"string"}"#
    private static func fixed(_ size: Int, _ name: String = "F") -> String {
        #"{"type":"fixed","name":"\#(name)","size":\#(size)}"#
    }
    private static func enumeration(_ symbols: String, _ rest: String = "") -> String {
        #"{"type":"enum","name":"E","symbols":[\#(symbols)]\#(rest)}"#
    }
    private static func node(_ type: String) -> String {
        record(#"{"name":"next","type":["null","R"]}"#, #"{"name":"value","type":\#(type)}"#)
    }

    static let primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
    /// Writer types by reader type.
    static let readable: [String: Set<String>] = [
        "null": ["null"], "boolean": ["boolean"], "int": ["int"], "long": ["int", "long"],
        "float": ["int", "long", "float"],
        "double": ["int", "long", "float", "double"], "bytes": ["bytes", "string"], "string": ["bytes", "string"],
    ]

    @Test func primitivesArePromotedAsAvroSays() throws {
        for reader in Self.primitives {
            for writer in Self.primitives {
                let found = AvroCompatibility.incompatibilities(
                    reader: try .parse("\"\(reader)\""), writer: try .parse("\"\(writer)\""))
                #expect(found.isEmpty == Self.readable[reader]!.contains(writer), "\(reader) reads \(writer)")
                #expect(found.allSatisfy { $0.kind == .typeMismatch })
            }
        }
    }

    @Test(arguments: [
        Pair(record(int), record(int, text)),
        Pair(record(int, text), record(int), "READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"),
        Pair(record(text, intDefault), record(text)),
        Pair(record(int), record(int, name: "S"), "NAME_MISMATCH at /name"),
        Pair(record(int, extra: #","aliases":["S"]"#), record(int, name: "S")),
        Pair(record(int, extra: #","namespace":"a","aliases":["S"]"#), record(int, name: "a.S")),
        Pair(
            record(int, extra: #","namespace":"a","aliases":["S"]"#), record(int, name: "b.S"), "NAME_MISMATCH at /name"
        ),
        Pair(record(int, extra: #","namespace":"a.b","doc":"x""#), record(int, extra: #","namespace":"c""#)),
        Pair(record(#"{"name":"k","aliases":["i"],"type":"long"}"#), record(int)),
        Pair(
            record(#"{"name":"i","type":"string"}"#, text), record(int), "TYPE_MISMATCH at /fields/0/type",
            "READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"),
        Pair(record(int), "\"int\"", "TYPE_MISMATCH at /"),
        Pair(#"{"type":"array","items":"long"}"#, #"{"type":"array","items":"int"}"#),
        Pair(#"{"type":"array","items":"int"}"#, #"{"type":"array","items":"long"}"#, "TYPE_MISMATCH at /items"),
        Pair(#"{"type":"map","values":"int"}"#, #"{"type":"map","values":"long"}"#, "TYPE_MISMATCH at /values"),
        Pair(#"{"type":"map","values":"int"}"#, #"{"type":"array","items":"int"}"#, "TYPE_MISMATCH at /"),
        Pair(fixed(4), fixed(4)), Pair(fixed(4), fixed(5), "FIXED_SIZE_MISMATCH at /size"),
        Pair(fixed(4), fixed(5, "G"), "NAME_MISMATCH at /name"),
        Pair(enumeration(#""a","b""#), enumeration(#""b""#)),
        Pair(enumeration(#""b""#), enumeration(#""a","b""#), "MISSING_ENUM_SYMBOLS at /symbols"),
        Pair(enumeration(#""b""#, #","default":"b""#), enumeration(#""a","b""#)),
        Pair(#"["null","int"]"#, #""int""#), Pair(#"["null","long"]"#, #""int""#),
        Pair(#"["null","int"]"#, #""string""#, "MISSING_UNION_BRANCH at /"),
        Pair(#""int""#, #"["int"]"#), Pair(#""long""#, #"["int","long"]"#),
        Pair(#""int""#, #"["null","int"]"#, "TYPE_MISMATCH at /"),
        Pair(#"["null","int","string"]"#, #"["int","null"]"#),
        Pair(#"["null","int"]"#, #"["null","int","string"]"#, "MISSING_UNION_BRANCH at /"),
        Pair(node("\"long\""), node("\"int\"")),
        Pair(node("\"int\""), node("\"long\""), "TYPE_MISMATCH at /fields/1/type"),
        Pair(
            #"{"type":"long","logicalType":"timestamp-micros"}"#, #"{"type":"long","logicalType":"timestamp-millis"}"#),
    ])
    func schemasAreComparedAsAvroSays(pair: Pair) throws {
        let (reader, writer) = (try AvroSchema.parse(pair.reader), try AvroSchema.parse(pair.writer))
        let found = AvroCompatibility.incompatibilities(reader: reader, writer: writer)
        #expect(found.map { "\($0.kind.rawValue) at \($0.path.isEmpty ? "/" : $0.path)" } == pair.expected)
        #expect(
            AvroCompatibility.incompatibilities(reader: reader, writer: reader).isEmpty, "every schema reads itself")
    }

    @Test func messagesNameTheFieldAndWhatIsMissing() throws {
        let found = AvroCompatibility.incompatibilities(
            reader: try .parse(Self.record(Self.int, Self.text)), writer: try .parse(Self.record(Self.int)))
        #expect(found.first?.description.contains("field t has no default") == true)
    }
}
