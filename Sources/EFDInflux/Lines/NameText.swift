/// Escapes names for line protocol, once for each schema; `LineEncoder` escapes the texts of rows.
///
/// Field texts are preserved. Names and tag values have no escape for a backslash before `,`, `=`, `"`, blank or the
/// end, nor for a line end: there a backslash becomes `/`, and a line end `\n`. Names of Kafka topics and Avro fields
/// contain neither.
enum NameText {
    /// A measurement's name.
    static func measurement(_ name: String) -> [UInt8] {
        var out: [UInt8] = []
        append(Array(name.utf8)[...], escapesEquals: false, to: &out)
        // A line that begins with `#` is a comment: InfluxDB would ignore it without an error.
        if out.first == UInt8(ascii: "#") { out.insert(UInt8(ascii: "_"), at: 0) }
        return out
    }

    /// A field's or tag's key.
    static func key(_ name: String) -> [UInt8] {
        var out: [UInt8] = []
        append(Array(name.utf8)[...], escapesEquals: true, to: &out)
        return out
    }

    /// A backslash before one of these would be lost.
    static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: "\"")
    }

    private static func append(_ bytes: ArraySlice<UInt8>, escapesEquals: Bool, to out: inout [UInt8]) {
        for (index, byte) in zip(bytes.indices, bytes) {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: " "): out += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "=") where escapesEquals: out += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): out += Array("\\n".utf8)
            case UInt8(ascii: "\r"): out += Array("\\r".utf8)
            case UInt8(ascii: "\\"):
                let next = bytes[index...].first { $0 != UInt8(ascii: "\\") }
                out.append(next.map { isSpecial($0) } ?? true ? UInt8(ascii: "/") : byte)
            default: out.append(byte)
            }
        }
    }
}
