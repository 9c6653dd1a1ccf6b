import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDTools

@Suite struct ShowTests {
    private static let schema = #"""
        {"type":"record","name":"lsst.sal.Test.level","fields":[{"name":"private_seqNum","type":"long"},
        {"name":"text","type":"string"},{"name":"list","type":{"type":"array","items":"double"}}]}
        """#

    private func value(_ bytes: [UInt8], schema text: String? = schema) -> LetterValue {
        LetterValue(bytes) { id throws(EFDError) in
            text.map { RegisteredSchema(id: id, subject: nil, version: nil, text: $0) }
        }
    }

    /// long 300, "hi", one double of 1.5.
    private static let body: [UInt8] = [0xD8, 0x04, 0x04, 0x68, 0x69, 0x02, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0]

    @Test func aWholeValueIsDecoded() {
        let whole = value([0, 0, 0, 0, 7] + Self.body)
        #expect(whole.text == #"{"private_seqNum":300,"text":"hi","list":[1.5]}"#)
        #expect(whole.fault == nil && whole.schemaID == 7 && whole.schemaName == "lsst.sal.Test.level")
    }

    /// Cut anywhere, what stands before the cut is shown, and the rest starts within the bytes that are left.
    @Test(arguments: 0..<body.count)
    func aBrokenValueIsDecodedAsFarAsItGoes(count: Int) throws {
        let broken = value([0, 0, 0, 0, 7] + Self.body.prefix(count))
        #expect(
            broken.fault?.contains("the bytes end within a value") == true || broken.fault?.contains("length") == true)
        let text = try #require(broken.text)
        #expect(text.hasPrefix(count < 2 ? #"{"private_seqNum":"# : #"{"private_seqNum":300,"#))
        #expect(text.contains(#""hi""#) == (count >= 5))
        #expect(text.contains("1.5") == (count >= 14))
        #expect(broken.rest >= 5 && broken.rest <= 5 + count)
    }

    @Test func bytesAfterTheValueAreShown() {
        let long = value([0, 0, 0, 0, 7] + Self.body + [0xAB, 0xCD])
        #expect(long.fault?.contains("bytes remain after the value") == true)
        #expect(long.rest == 5 + Self.body.count)
        #expect(HexDump.text(long.bytes, from: long.rest, limit: 100).hasPrefix("00000014  ab cd"))
    }

    @Test func whatIsNotAvroIsNamed() {
        #expect(value([1, 2, 3]).fault?.contains("magic byte") == true)
        #expect(value([]).rest == 0)
        let unknown = value([0, 0, 0, 0, 9, 1], schema: nil)
        #expect(unknown.fault == "the registry has no schema 9" && unknown.rest == 5 && unknown.schemaID == 9)
        let failing = LetterValue([0, 0, 0, 0, 9]) { _ throws(EFDError) in throw EFDError("test.away", "no answer") }
        #expect(failing.fault?.contains("no answer") == true)
    }

    @Test func dumpsHavePositionsDigitsAndCharacters() {
        let bytes = (0..<40).map { UInt8($0 + 0x30) }
        let lines = HexDump.text(bytes, from: 4, limit: 20).split(separator: "\n")
        #expect(
            lines == [
                "00000004  34 35 36 37 38 39 3a 3b 3c 3d 3e 3f 40 41 42 43  456789:;<=>?@ABC",
                "00000014  44 45 46 47                                      DEFG", "… and 16 more bytes",
            ])
        #expect(HexDump.text([], limit: 10) == "")
    }

    @Test func aLetterIsShownWithEverything() throws {
        let topics = try LetterTopics()
        let registry = try TestRegistry.shared()
        let id = try registry.client().register(Self.schema, subject: TestBroker.uniqueName("letter") + "-value")
        var letter = TestLetter.ofSink("x", from: "lsst.sal.Test.level", 3, 77, cause: "sink.recordMalformed")
        letter.value = ConfluentFrame.header(schemaID: id) + Self.body.prefix(8)
        letter.headers += [
            ("own", "header"), (DeadLetterHeaders.replayCount, "1"), (DeadLetterHeaders.destination, "influx/efd"),
            (DeadLetterHeaders.replayHistory, #"{"cause":"sink.schemaUnknown"}"#),
        ]
        try topics.write([letter])
        let context = try topics.context(
            ShowCommand.table, ["\(topics.letters)/0/0", "--registry-url", registry.url])
        let view = try ShowCommand.view(context)
        let text = view.text(hexBytes: 100)
        for part in [
            "letter        \(topics.letters)/0/0, ", "cause         sink.recordMalformed\n",
            "group         efd.test-sink\n", "destination   influx/efd\n",
            "source        lsst.sal.Test.level/3/77\n", "replays       1\n",
            "  before      {\"cause\":\"sink.schemaUnknown\"}\n", "header        own: \"header\"\n",
            "key           \"key\"\n",
            "value         13 bytes, schema \(id) (", #"{"private_seqNum":300,"text":"hi","list":["#,
            "not decoded   a length is negative or larger than the remaining bytes", "0000000a  02 00 00",
        ] { #expect(text.contains(part), "\(part) is not in\n\(text)") }
        let json = view.json
        #expect(json["source"]?["offset"]?.integer == 77 && json["replays"]?.integer == 1)
        #expect(json["history"]?.elements?.first?["cause"]?.string == "sink.schemaUnknown")
        #expect(json["value"] == JSON.null && json["restHex"]?.string == "020000")
        #expect(json["decoded"]?.string == #"{"private_seqNum":300,"text":"hi","list":["#)
    }

    @Test func anOffsetWithoutLetterIsNamedWithTheRange() throws {
        let topics = try LetterTopics()
        try topics.write([.ofSink("x", from: "t", cause: "c"), .ofSink("y", from: "t", cause: "c")])
        let error = #expect(throws: EFDError.self) {
            _ = try ShowCommand.view(try topics.context(ShowCommand.table, ["\(topics.letters)/0/7"]))
        }
        #expect(error?.code == .dlqLetterMissing)
        #expect(error?.message.contains("at offset 7, but some of 0 to 1") == true)
    }
}
