import EFDTestKit
import Testing

@testable import EFDCore

@Suite struct JSONTests {
    @Test func textReadsBackInItsOrder() throws {
        let text = #"{"z":1,"a":[true,false,null,-5,2.5,"x\n\"ü\\"],"m":{"k":9223372036854775807}}"#
        let value = try JSON.parse(text)
        #expect(value.text == text)
        #expect(try JSON.parse(value.prettyText) == value)
        #expect(value["m"]?["k"]?.integer == .max)
        #expect(value.members?.keys == ["z", "a", "m"])
    }

    @Test(arguments: ["", "{", #"{"a":1,"a":2}"#, "[1,]", "1 2", "99999999999999999999", "nul", "\"\u{1}\""])
    func malformedTextSaysWhere(text: String) {
        let error = #expect(throws: EFDError.self) { try JSON.parse(text) }
        #expect(error?.message.contains("line") == true)
    }

    @Test func everyScalarSurvives() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            #expect(try JSON.parse(JSON.string(text).text) == .string(text))
        }
    }
}

@Suite struct YAMLTests {
    @Test func nodesHaveTheirPlaces() throws {
        let root = try YAML.parse("a: 1\nb:\n  - x\n  - \"2\"\nc:\n  d: ~\n")
        #expect(root["a"] == .scalar("1", isPlain: true, .init(line: 1, column: 4)))
        #expect(root["b"]?.elements?.map(\.text) == ["x", "2"])
        #expect(root["c"]?["d"]?.isNull == true)
        #expect(root.entries?.last?.mark.line == 5)
        #expect(try YAML.parse("").entries?.isEmpty == true)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "is repeated"), ("a: &x 1\nb: *x\n", "anchors"), ("--- 1\n--- 2\n", "second document"),
        ("a: [1\n", "line"), ("\ta: 1\n", "line"),
        (String(repeating: "[", count: 40), "nested deeper"), ("? [a]\n: b\n", "must be a word"),
        ("a: !!int 1", "tags"), ("\ta: 1\n", "a tab; YAML is indented with blanks only"),
        ("a:\n\tb: 1\n", "a tab"), ("a: @b\n", "put the value in quotes"), ("a: `b`\n", "put the value in quotes"),
    ])
    func refusedDocuments(text: String, expected: String) {
        let error = #expect(throws: EFDError.self) { try YAML.parse(text) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"), (1_700_000_000_250_000_000, "2023-11-14T22:13:20.250000Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"), (-1000, "1969-12-31T23:59:59.999999Z"),
        (4_102_444_799_999_999_999, "2099-12-31T23:59:59.999999Z"),
    ])
    func knownInstants(nanoseconds: Int64, text: String) { #expect(Timestamp.text(nanoseconds: nanoseconds) == text) }
}
