import EFDAvro
import Testing

@Suite struct IdentityTests {
    struct Identity: Sendable, CustomTestStringConvertible {
        let text: String
        let canonical: String
        let fingerprint: Int64?
        init(_ text: String, _ canonical: String, _ fingerprint: Int64? = nil) {
            (self.text, self.canonical, self.fingerprint) = (text, canonical, fingerprint)
        }
        var testDescription: String { text }
    }

    /// Forms and fingerprints as Avro's own test suite has them.
    static let identities = [
        Identity(#""null""#, #""null""#, 7_195_948_357_588_979_594),
        Identity(#"{"type":"null"}"#, #""null""#, 7_195_948_357_588_979_594),
        Identity(#""boolean""#, #""boolean""#, -6_970_731_678_124_411_036),
        Identity(#""int""#, #""int""#, 8_247_732_601_305_521_295),
        Identity(#""long""#, #""long""#, -3_434_872_931_120_570_953),
        Identity(#""float""#, #""float""#, 5_583_340_709_985_441_680),
        Identity(#""double""#, #""double""#, -8_181_574_048_448_539_266),
        Identity(#""bytes""#, #""bytes""#, 5_746_618_253_357_095_269),
        Identity(#""string""#, #""string""#, -8_142_146_995_180_207_161),
        Identity(#"[ "int"  ]"#, #"["int"]"#, -5_232_228_896_498_058_493),
        Identity(
            #"{"fields":[], "type":"record", "name":"foo"}"#, #"{"name":"foo","type":"record","fields":[]}"#,
            -4_824_392_279_771_201_922),
        Identity(
            #"{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}"#,
            #"{"name":"x.y.foo","type":"record","fields":[]}"#, 5_916_914_534_497_305_771),
        Identity(
            #"{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}"#,
            #"{"name":"a.b.foo","type":"record","fields":[]}"#,
            -4_616_218_487_480_524_110),
        Identity(
            #"{"fields":[], "type":"record", "name":"foo", "doc":"Useful info"}"#,
            #"{"name":"foo","type":"record","fields":[]}"#, -4_824_392_279_771_201_922),
        Identity(
            #"{"fields":[], "type":"record", "name":"foo", "aliases":["foo","bar"]}"#,
            #"{"name":"foo","type":"record","fields":[]}"#,
            -4_824_392_279_771_201_922),
        Identity(
            #"{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","units":"m","default":1,"type":{"type":"int","logicalType":"date"}},{"name":"b","type":{"size":4,"name":"F","type":"fixed"}},{"name":"c","type":["null","F",{"items":"n.F","type":"array"}]},{"name":"d","type":{"symbols":["X"],"name":"m.E","type":"enum"}},{"name":"e","type":{"type":"map","values":"R"}}]}"#,
            #"{"name":"n.R","type":"record","fields":[{"name":"a","type":"int"},{"name":"b","type":{"name":"n.F","type":"fixed","size":4}},{"name":"c","type":["null","n.F",{"type":"array","items":"n.F"}]},{"name":"d","type":{"name":"m.E","type":"enum","symbols":["X"]}},{"name":"e","type":{"type":"map","values":"n.R"}}]}"#
        ),
    ]

    @Test(arguments: identities)
    func canonicalFormsAreThoseOfTheSpecification(example: Identity) throws {
        let schema = try AvroSchema.parse(example.text)
        #expect(schema.canonicalForm == example.canonical)
        if let fingerprint = example.fingerprint { #expect(Int64(bitPattern: schema.fingerprint) == fingerprint) }
    }

    @Test func normalizedTextKeepsAttributesInOneOrder() throws {
        let text = """
            {"zeta": {"b": 1, "a": 2}, "doc": "d", "fields": [
              {"units": "m", "type": {"logicalType": "date", "type": "int"}, "name": "a", "default": 1, "order": "descending", "description": "x", "aliases": ["q", "b"], "doc": "f"},
              {"name": "b", "order": "ascending", "type": {"aliases": ["G", "m.A"], "type": "enum", "name": "E", "default": "X", "symbols": ["X", "Y"]}},
              {"name": "c", "type": {"note": 1, "type": "array", "items": "E"}}],
             "namespace": "n", "name": "R", "type": "record", "alpha": true}
            """
        let normal =
            #"{"name":"n.R","type":"record","fields":["#
            + #"{"name":"a","type":{"type":"int","logicalType":"date"},"order":"descending","doc":"f","aliases":["b","q"],"default":1,"description":"x","units":"m"},"#
            + #"{"name":"b","type":{"name":"n.E","type":"enum","symbols":["X","Y"],"aliases":["m.A","n.G"],"default":"X"}},"#
            + #"{"name":"c","type":{"type":"array","items":"n.E","note":1}}],"#
            + #""doc":"d","alpha":true,"zeta":{"a":2,"b":1}}"#
        #expect(try AvroSchema.parse(text).normalizedText == normal)
    }

    @Test func onlyWhatMattersMakesADifference() throws {
        let one = try AvroSchema.parse(
            #"{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int","units":"m"}]}"#)
        let other = try AvroSchema.parse(
            #"{"name":"n.R","type":"record","fields":[{"type":{"type":"int"},"units":"m","name":"a"}]}"#)
        let third = try AvroSchema.parse(
            #"{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int","units":"km"}]}"#)
        #expect(
            one.normalizedText == other.normalizedText && one.canonicalForm == third.canonicalForm
                && one.normalizedText != third.normalizedText)
        #expect(one.fingerprint == third.fingerprint)
    }
}
