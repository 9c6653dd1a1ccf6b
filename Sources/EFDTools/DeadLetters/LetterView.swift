import EFDCore
import EFDKafka

/// One dead letter, for people and for scripts.
struct LetterView: Sendable {
    let letter: LetterFacts
    /// The source record's own headers.
    let headers: [StoredHeader]
    let key: [UInt8]?
    /// nil: a tombstone.
    let value: LetterValue?
    let isReplayed: Bool

    init(
        _ letter: LetterFacts, headers: [StoredHeader], key: [UInt8]?, value: LetterValue?, isReplayed: Bool
    ) {
        (self.letter, self.headers, self.key, self.value) = (letter, headers, key, value)
        self.isReplayed = isReplayed
    }

    // MARK: Text

    /// - Parameter hexBytes: how many bytes of an undecoded rest to show.
    func text(hexBytes: Int) -> String {
        var text = ""
        func add(_ name: String, _ value: String?) { if let value { text += "\(name.padded(to: 13)) \(value)\n" } }
        add("letter", "\(letter.position), \(LetterTime.text(letter.time))")
        add("cause", letter.cause)
        add("message", letter.message)
        add("stage", letter.stage)
        add("group", letter.group)
        add("destination", letter.destination)
        if letter.group == nil { add("connector", letter.connector) }
        add("program", letter.program)
        add("source", source)
        add("replays", "\(letter.replays)" + (isReplayed ? ", and this letter was replayed" : ""))
        for entry in letter.history { add("  before", entry) }
        for header in headers { add("header", "\(header.name): \(header.value.map(Self.readable) ?? "null")") }
        add("key", key.map(Self.readable) ?? "none")
        return text + valueText(hexBytes)
    }

    private func valueText(_ hexBytes: Int) -> String {
        guard let value else { return "value         none (a tombstone)\n" }
        let schema = value.schemaID.map { ", schema \($0)" + (value.schemaName.map { " (\($0))" } ?? "") } ?? ""
        var text = "value         \(value.bytes.count) bytes\(schema)\n"
        if let decoded = value.text {
            text += ((value.fault == nil ? try? JSON.parse(decoded).prettyText : nil) ?? decoded) + "\n"
        }
        guard let fault = value.fault else { return text }
        return text + "not decoded   \(fault)\n" + HexDump.text(value.bytes, from: value.rest, limit: hexBytes)
    }

    private var source: String? {
        letter.source.map { source in
            let partition = source.partition.map { "/\($0)" } ?? ""
            let offset = source.offset.map { "/\($0)" } ?? ""
            let time = letter.sourceTimestamp.map { ", \(LetterTime.text($0))" } ?? ""
            return source.topic + partition + offset + time
        }
    }

    /// As text if it is printable, else as hexadecimal digits.
    private static func readable(_ bytes: [UInt8]) -> String {
        let isText = !bytes.contains { $0 < 0x20 || $0 == 0x7F } && String(validating: bytes, as: UTF8.self) != nil
        return isText ? "\"\(String(decoding: bytes, as: UTF8.self))\"" : "0x" + HexDump.digits(bytes)
    }

    // MARK: JSON

    var json: JSON {
        [
            "letter": .string(letter.position), "time": .string(LetterTime.text(letter.time)),
            "cause": .string(letter.cause), "message": Self.json(letter.message), "stage": Self.json(letter.stage),
            "group": Self.json(letter.group), "destination": Self.json(letter.destination),
            "connector": Self.json(letter.connector), "program": Self.json(letter.program),
            "source": letter.source.map { source in
                [
                    "topic": .string(source.topic), "partition": source.partition.map { .integer(Int64($0)) } ?? .null,
                    "offset": source.offset.map { .integer($0) } ?? .null,
                    "time": Self.json(letter.sourceTimestamp.map(LetterTime.text)),
                ]
            } ?? .null,
            "replays": .integer(Int64(letter.replays)), "replayed": .bool(isReplayed),
            "history": .array(letter.history.map { (try? JSON.parse($0)) ?? .string($0) }),
            "headers": .array(
                headers.map { ["name": .string($0.name), "hex": Self.json($0.value.map { HexDump.digits($0) })] }),
            "keyHex": Self.json(key.map { HexDump.digits($0) }),
            "schema": value?.schemaID.map { .integer(Int64($0)) } ?? .null,
            "value": value.flatMap { $0.fault == nil ? $0.text : nil }.flatMap { try? JSON.parse($0) } ?? .null,
            "decoded": Self.json(value.flatMap { $0.fault == nil ? nil : $0.text }),
            "fault": Self.json(value?.fault), "restHex": Self.json(value.map { HexDump.digits($0.bytes[$0.rest...]) }),
        ]
    }

    private static func json(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
