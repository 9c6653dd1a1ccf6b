import EFDAvro
import EFDCore
import EFDTestKit
import Testing

@Suite struct SchemaParserTests {
    static let good = [
        #""int""#, #"{"type":"int"}"#, #"{"type":{"type":"string"}}"#,
        #"["null","int",{"type":"array","items":"int"},{"type":"map","values":"int"}]"#,
        #"{"type":"record","name":"a.b.C","fields":[]}"#,
        #"{"type":"error","name":"E","fields":[{"name":"m","type":"string"}]}"#,
        #"{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}"#,
        #"{"type":"record","name":"R","namespace":"x","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":2}},{"name":"b","type":"F"},{"name":"c","type":"x.F"}]}"#,
        #"{"type":"record","name":"R","namespace":"x","fields":[{"name":"a","type":{"type":"fixed","name":"y.F","size":2}},{"name":"b","type":"y.F"}]}"#,
        #"{"type":"record","name":"R","namespace":"","fields":[{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}}]}"#,
        #"[{"type":"fixed","name":"A","size":1},{"type":"fixed","name":"B","size":1}]"#,
        #"{"type":"fixed","name":"F","size":0}"#,
        #"{"type":"long","logicalType":"unheard-of"}"#,
        #"{"type":"array","items":[]}"#.replacing("[]", with: #"["null"]"#),
        // A default of the wrong type does not keep data from being read.
        #"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}"#,
    ]

    @Test(arguments: good)
    func goodSchemasAreRead(text: String) throws {
        let schema = try AvroSchema.parse(text)
        #expect(schema.text == text)
        #expect(try AvroSchema.parse(schema.canonicalForm).canonicalForm == schema.canonicalForm)
        #expect(try AvroSchema.parse(schema.normalizedText).normalizedText == schema.normalizedText)
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let text: String
        let problem: String
        init(_ text: String, _ problem: String) { (self.text, self.problem) = (text, problem) }
        var testDescription: String { text }
    }

    static let bad = [
        Bad("", "malformed"), Bad("{", "malformed"), Bad("7", "a type must be"), Bad("null", "a type must be"),
        Bad(#""integer""#, "'integer' is unknown"),
        Bad("{}", "the type is missing"), Bad("[]", "a union needs a branch"),
        Bad(#"["int","int"]"#, "two branches of type int"),
        Bad(#"["int",{"type":"int","logicalType":"date"}]"#, "two branches of type int"),
        Bad(#"["null",["int"]]"#, "cannot contain a union"),
        Bad(#"[{"type":"array","items":"int"},{"type":"array","items":"long"}]"#, "two branches of type array"),
        Bad(#"{"type":"array"}"#, "needs 'items'"), Bad(#"{"type":"map"}"#, "needs 'values'"),
        Bad(#"{"type":"record","name":"R"}"#, "list of 'fields'"),
        Bad(#"{"type":"record","fields":[]}"#, "name is missing"),
        Bad(#"{"type":"record","name":"1R","fields":[]}"#, "not an Avro name"),
        Bad(#"{"type":"record","name":"a..R","fields":[]}"#, "not an Avro name"),
        Bad(#"{"type":"record","name":"R","namespace":"a b","fields":[]}"#, "not an Avro name"),
        Bad(#"{"type":"record","name":"int","fields":[]}"#, "not an Avro name"),
        Bad(#"{"type":"record","name":"R","fields":[7]}"#, "a field must be an object"),
        Bad(#"{"type":"record","name":"R","fields":[{"name":"a"}]}"#, "has no type"),
        Bad(#"{"type":"record","name":"R","fields":[{"type":"int"}]}"#, "field's name"),
        Bad(#"{"type":"record","name":"R","fields":[{"name":"a-b","type":"int"}]}"#, "field's name"),
        Bad(
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
            "two fields named 'a'"),
        Bad(
            #"{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"record","name":"R","fields":[]}}]}"#,
            "R is defined twice"),
        Bad(
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"S"},{"name":"b","type":{"type":"fixed","name":"S","size":1}}]}"#,
            "'S' is unknown"),
        Bad(#"{"type":"enum","name":"E"}"#, "different symbols"),
        Bad(#"{"type":"enum","name":"E","symbols":[]}"#, "different symbols"),
        Bad(#"{"type":"enum","name":"E","symbols":["A","A"]}"#, "different symbols"),
        Bad(#"{"type":"enum","name":"E","symbols":["A",1]}"#, "different symbols"),
        Bad(#"{"type":"enum","name":"E","symbols":["A-B"]}"#, "different symbols"),
        Bad(#"{"type":"fixed","name":"F"}"#, "needs a size"),
        Bad(#"{"type":"fixed","name":"F","size":-1}"#, "needs a size"),
        Bad(#"{"type":"fixed","name":"F","size":16777217}"#, "needs a size"),
        Bad(#"{"type":"fixed","name":"F","size":9223372036854775807}"#, "needs a size"),
        Bad(#"{"type":"fixed","name":"F","size":"4"}"#, "needs a size"),
        Bad(#"{"type":"int","type":"long"}"#, "malformed"),
    ]

    @Test(arguments: bad)
    func badSchemasAreRefusedWithAReason(example: Bad) {
        let error = #expect(throws: EFDError.self) { try AvroSchema.parse(example.text) }
        #expect(error?.message.contains(example.problem) == true, "\(error?.message ?? "")")
        #expect(error?.recovery == .reject)
    }

    @Test func theErrorSaysWhere() {
        let text =
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":{"type":"array","items":["null","nope"]}}]}"#
        let error = #expect(throws: EFDError.self) { try AvroSchema.parse(text) }
        #expect(error?.message.contains("$.fields[1](b).items[1]") == true, "\(error?.message ?? "")")
    }

    @Test func namesAreFoundInTheEnclosingNamespaceFirst() throws {
        let schema = try AvroSchema.parse(
            """
            [{"type":"fixed","name":"F","size":1},{"type":"record","name":"a.R","fields":[{"name":"x","type":"F"},
            {"name":"y","type":{"type":"fixed","name":"F","size":2}},{"name":"z","type":"F"}]}]
            """)
        guard case .union(let branches) = schema.type, case .record(let record) = branches[1] else {
            throw EFDError("test", "no record")
        }
        #expect(record.fields.map(\.type.word) == ["F", "a.F", "a.F"])
    }

    @Test func schemasOfAHundredThousandFieldsAreRead() throws {
        let fields = (0..<100_000).map { #"{"name":"field_\#($0)","type":"double","units":"deg"}"# }
        let schema = try AvroSchema.parse(
            #"{"type":"record","name":"Huge","fields":[\#(fields.joined(separator: ","))]}"#)
        let plan = try AvroPlan(schema)
        #expect(plan.columns.count == 100_000)
        #expect(AvroCompatibility.incompatibilities(reader: schema, writer: schema).isEmpty)
        let batch = ColumnBatch(plan)
        let record = [UInt8](repeating: 1, count: 800_000)
        for _ in 0..<3 { try record.withUnsafeBytes { try plan.decode($0, into: batch) } }
        #expect(batch.rowCount == 3 && batch.byteCount == 2_400_000)
    }

    // MARK: Malicious schemas

    @Test func nestingIsBoundedInTheDocumentAndByName() {
        let arrays =
            String(repeating: #"{"type":"array","items":"#, count: 1_000) + #""int""#
            + String(repeating: "}", count: 1_000)
        #expect(throws: EFDError.self) { try AvroSchema.parse(arrays) }
        // Flat in the document, deep by name.
        let records = (0..<50_000).map { index in
            #"{"name":"f\#(index)","type":{"type":"record","name":"R\#(index)","fields":[{"name":"a","type":"\#(index == 0 ? "int" : "R\(index - 1)")"}]}}"#
        }
        let error = #expect(throws: EFDError.self) {
            try AvroSchema.parse(#"{"type":"record","name":"Top","fields":[\#(records.joined(separator: ","))]}"#)
        }
        #expect(error?.message.contains("nested deeper") == true)
    }

    /// Every record mentions the one before twice: 2^50 fields in three kilobytes.
    static func doubling(_ leaf: String, levels: Int = 50, mention: (String) -> String = { "\"\($0)\"" }) -> String {
        let levels = (1...levels).map { level in
            let type = mention("R\(level - 1)")
            return
                #"{"name":"f\#(level)","type":{"type":"record","name":"R\#(level)","fields":[{"name":"a","type":\#(type)},{"name":"b","type":\#(type)}]}}"#
        }
        let first = #"{"name":"f0","type":{"type":"record","name":"R0","fields":[{"name":"a","type":\#(leaf)}]}}"#
        return #"{"type":"record","name":"Top","fields":[\#(([first] + levels).joined(separator: ","))]}"#
    }

    @Test func schemasThatDoubleCostNoTime() throws {
        let schema = try AvroSchema.parse(Self.doubling(#""int""#))
        let error = #expect(throws: EFDError.self) { try AvroPlan(schema) }
        #expect(error?.code == "avro.tooManyColumns")
        #expect(AvroCompatibility.incompatibilities(reader: schema, writer: schema).isEmpty)
        let other = try AvroSchema.parse(Self.doubling(#""string""#))
        let found = AvroCompatibility.incompatibilities(reader: schema, writer: other)
        #expect(found.first?.kind == .typeMismatch && found.count < 5_000)
        try schema.checkDefaults()
        #expect(schema.canonicalForm.utf8.count < 10_000 && schema.normalizedText.utf8.count < 10_000)
        // Within unions, where every branch is tried.
        let tried = try AvroSchema.parse(Self.doubling(#""int""#, levels: 30) { #"["null","\#($0)"]"# })
        let refused = try AvroSchema.parse(Self.doubling(#""string""#, levels: 30) { #"["null","\#($0)"]"# })
        #expect(AvroCompatibility.incompatibilities(reader: tried, writer: tried).isEmpty)
        #expect(!AvroCompatibility.incompatibilities(reader: tried, writer: refused).isEmpty)
    }

    @Test func valuesThatDoubleWithoutBytesAreBounded() throws {
        let schema = try AvroSchema.parse(
            #"{"type":"record","name":"Outer","fields":[{"name":"m","type":{"type":"map","values":\#(Self.doubling(#""null""#))}}]}"#
        )
        let plan = try AvroPlan(schema)
        let batch = ColumnBatch(plan)
        let bytes: [UInt8] = [2, 2, 0x61, 0]
        #expect(throws: AvroFault.self) { try bytes.withUnsafeBytes { try plan.decode($0, into: batch) } }
        #expect(batch.rowCount == 0)
    }
}
