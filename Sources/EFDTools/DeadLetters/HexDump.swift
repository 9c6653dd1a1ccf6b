import EFDCore

/// Bytes for people: sixteen per line, with their positions and their printable characters.
enum HexDump {
    /// - Parameters:
    ///   - start: the position of the first byte to show.
    ///   - limit: the largest number of bytes to show.
    static func text(_ bytes: [UInt8], from start: Int = 0, limit: Int) -> String {
        let shown = bytes.dropFirst(start).prefix(limit)
        var text = ""
        var position = shown.startIndex
        while position < shown.endIndex {
            let row = shown[position..<min(position + 16, shown.endIndex)]
            let digits = row.map { hexadecimal(UInt64($0), 2) }.joined(separator: " ")
            let characters = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
            text += "\(hexadecimal(UInt64(position), 8))  \(digits.padded(to: 47))  \(characters)\n"
            position += 16
        }
        let left = bytes.count - start - shown.count
        return left > 0 ? text + "… and \(left) more bytes\n" : text
    }

    /// All bytes without blanks.
    static func digits(_ bytes: some Sequence<UInt8>) -> String { bytes.map { hexadecimal(UInt64($0), 2) }.joined() }

    private static func hexadecimal(_ value: UInt64, _ width: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
