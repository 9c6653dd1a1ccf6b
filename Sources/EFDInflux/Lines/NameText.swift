/// Escapes names and texts for line protocol.
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

extension LineBuffer {
    /// A tag's value, escaped as a key is.
    mutating func appendTagValue(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(2 * bytes.count)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "="):
                unchecked(UInt8(ascii: "\\"))
                unchecked(byte)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                unchecked(UInt8(ascii: "\\"))
                unchecked(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : UInt8(ascii: "r"))
            case UInt8(ascii: "\\"):
                let next = bytes[(index + 1)...].first { $0 != UInt8(ascii: "\\") }
                unchecked(next.map { NameText.isSpecial($0) } ?? true ? UInt8(ascii: "/") : byte)
            default: unchecked(byte)
            }
        }
    }

    /// A field's text between double quotes; quotes and backslashes are escaped, all other bytes are literal.
    @inline(__always)
    mutating func appendQuoted(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(2 * bytes.count + 2)
        unchecked(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { unchecked(UInt8(ascii: "\\")) }
            unchecked(byte)
        }
        unchecked(UInt8(ascii: "\""))
    }

    /// Bytes as a field's text, in base64 of RFC 4648 with padding: InfluxDB has no type for them.
    mutating func appendBase64(_ bytes: UnsafeBufferPointer<UInt8>) {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        reserve((bytes.count + 2) / 3 * 4 + 2)
        unchecked(UInt8(ascii: "\""))
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = 0
            for index in 0..<3 { group = group << 8 | (index < count ? Int(bytes[start + index]) : 0) }
            for index in 0..<4 {
                unchecked(index <= count ? alphabet.utf8Start[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        unchecked(UInt8(ascii: "\""))
    }
}
