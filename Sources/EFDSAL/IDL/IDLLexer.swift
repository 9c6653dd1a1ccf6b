import EFDCore

/// Splits IDL text into tokens. Skips comments, except SAL's metadata in them (`IDLComment`).
struct IDLLexer {
    enum Token: Equatable {
        case word(String)
        case number(Int64)
        case text(String)
        case symbol(UInt8)
        /// `::`
        case scope
        /// A line that starts with `#`, without the `#`.
        case directive(String)
        case end
    }

    let bytes: [UInt8]
    let file: String
    /// The position of the scan.
    private(set) var position = 0
    /// The start of the last token.
    private(set) var tokenStart = 0
    /// `SAL_VERSION=… XML_VERSION=…`, from the first comment that has it.
    private(set) var versions: (sal: String?, xml: String?)?

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() throws(EFDError) -> Token {
        try skipBlanksAndComments()
        tokenStart = position
        guard position < bytes.count else { return .end }
        let byte = bytes[position]
        switch byte {
        case _ where byte.isWordStart:
            return .word(take { $0.isWordStart || $0.isDigit })
        case _ where byte.isDigit:
            return .number(try number())
        case UInt8(ascii: "#") where isFirstOfLine:
            position += 1
            return .directive(take { $0 != UInt8(ascii: "\n") })
        case UInt8(ascii: "\""):
            return .text(try quoted())
        case UInt8(ascii: ":") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: ":"):
            position += 2
            return .scope
        case 0x21...0x7E:
            position += 1
            return .symbol(byte)
        default:
            throw error(
                .salIdlSyntax, "unexpected byte 0x\(hex(byte)) outside a comment",
                remedy: "IDL outside comments is ASCII; save the file as plain text.")
        }
    }

    /// The `//` comment on the rest of the current line: SAL puts units and descriptions on the line that they
    /// describe.
    func commentOnThisLine() -> IDLComment? {
        var start = position
        while start < bytes.count, bytes[start].isBlank, bytes[start] != UInt8(ascii: "\n") { start += 1 }
        guard start + 1 < bytes.count, bytes[start] == UInt8(ascii: "/"), bytes[start + 1] == UInt8(ascii: "/") else {
            return nil
        }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return IDLComment(bytes[start..<end])
    }

    // MARK: Errors

    /// Line and column of a byte, both from 1; the column counts bytes.
    func position(of offset: Int) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (before.count { $0 == UInt8(ascii: "\n") } + 1, before.endIndex - lineStart + 1)
    }

    /// An error at the last token, or at `offset`.
    func error(_ code: EFDError.Code, _ message: String, remedy: String, at offset: Int? = nil) -> EFDError {
        let (line, column) = position(of: offset ?? tokenStart)
        return EFDError(code, "\(file):\(line):\(column): \(message)", remedy: remedy)
    }

    // MARK: Parts

    private var isFirstOfLine: Bool {
        var index = position - 1
        while index >= 0, bytes[index] != UInt8(ascii: "\n") {
            if !bytes[index].isBlank { return false }
            index -= 1
        }
        return true
    }

    private mutating func take(while belongs: (UInt8) -> Bool) -> String {
        let start = position
        while position < bytes.count, belongs(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipBlanksAndComments() throws(EFDError) {
        while position < bytes.count {
            if bytes[position].isBlank {
                position += 1
                continue
            }
            guard bytes[position] == UInt8(ascii: "/"), position + 1 < bytes.count else { return }
            switch bytes[position + 1] {
            case UInt8(ascii: "/"):
                if versions == nil, let comment = commentOnThisLine() { versions = comment.versions }
                position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            case UInt8(ascii: "*"):
                let start = position
                position += 2
                while position + 1 < bytes.count,
                    bytes[position] != UInt8(ascii: "*") || bytes[position + 1] != UInt8(ascii: "/")
                { position += 1 }
                guard position + 1 < bytes.count else {
                    throw error(
                        .salIdlTruncated, "comment without its end",
                        remedy: "Close the comment with */ or copy the file again.", at: start)
                }
                position += 2
            default: return
            }
        }
    }

    /// Decimal, `0x` hexadecimal, or octal if every digit allows it: SAL copies enumeration values as their authors
    /// wrote them.
    private mutating func number() throws(EFDError) -> Int64 {
        let digits = take { $0.isWordStart || $0.isDigit }
        let lower = digits.lowercased()
        let value =
            if lower.hasPrefix("0x") {
                Int64(lower.dropFirst(2), radix: 16)
            } else if lower.hasPrefix("0"), let octal = Int64(lower, radix: 8) {
                octal
            } else {
                Int64(lower)
            }
        guard let value else {
            throw error(
                .salIdlSyntax, "“\(digits.prefix(40))” is not a whole number of 64 bits",
                remedy: "Write it in decimal, octal or hexadecimal.")
        }
        return value
    }

    private mutating func quoted() throws(EFDError) -> String {
        position += 1
        let text = take { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\n") }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw error(.salIdlSyntax, "text without its closing quote", remedy: "Close it on the same line.")
        }
        position += 1
        return text
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isWordStart: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == UInt8(ascii: "_") }
}

func hex(_ byte: UInt8) -> String {
    String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
}
