extension JSON {
    /// Compact text, members in their order. NaN and infinities, which JSON lacks, become null.
    public var text: String {
        var writer = JSONWriter(indent: nil)
        writer.write(self)
        return writer.text
    }

    /// Indented text: one member per line, two spaces per level.
    public var prettyText: String {
        var writer = JSONWriter(indent: "  ")
        writer.write(self)
        return writer.text
    }
}

private struct JSONWriter {
    let indent: String?
    var bytes: [UInt8] = []
    private var depth = 0

    init(indent: String?) { self.indent = indent }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .real(let value): append(value.isFinite ? "\(value)" : "null")
        case .string(let value): JSON.appendQuoted(value, to: &bytes)
        case .array(let elements):
            enclose("[", "]", elements) { writer, element in writer.write(element) }
        case .object(let members):
            enclose("{", "}", members.entries) { writer, entry in
                JSON.appendQuoted(entry.key, to: &writer.bytes)
                writer.append(writer.indent == nil ? ":" : ": ")
                writer.write(entry.value)
            }
        }
    }

    private mutating func enclose<Item>(
        _ open: String, _ close: String, _ items: [Item], _ body: (inout JSONWriter, Item) -> Void
    ) {
        append(open)
        depth += 1
        for (index, item) in items.enumerated() {
            if index > 0 { append(",") }
            newLine()
            body(&self, item)
        }
        depth -= 1
        if !items.isEmpty { newLine() }
        append(close)
    }

    private mutating func newLine() {
        guard let indent else { return }
        append("\n")
        for _ in 0..<depth { append(indent) }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension JSON {
    /// Appends `text` as a JSON string with its quotes.
    public static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
            case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
            case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
            case 0..<0x20: bytes += Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
