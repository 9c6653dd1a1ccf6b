/// The characters that a class such as `\d` or `[^a-z_]` matches, and how POSIX writes them.
struct ASCIISet {
    private var members = [Bool](repeating: false, count: 128)
    /// Whether bytes beyond ASCII belong to it, as with `[^a]`.
    private var hasOthers = false

    private init(_ contains: (UInt8) -> Bool) { for byte in UInt8(0)..<128 { members[Int(byte)] = contains(byte) } }

    // MARK: Classes

    private static let digits = ASCIISet { isDigit($0) }
    private static let words = ASCIISet { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
    private static let spaces = ASCIISet { (9...13).contains($0) || $0 == 32 }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isUpper(byte) || isLower(byte) }
    private static func isVisible(_ byte: UInt8) -> Bool { (33...126).contains(byte) }

    /// The class of `\d`, `\w`, `\s`, `\D`, `\W` or `\S`; nil for any other character.
    init?(shorthand character: Character) {
        switch character {
        case "d": self = Self.digits
        case "w": self = Self.words
        case "s": self = Self.spaces
        case "D": self = Self.digits.inverted
        case "W": self = Self.words.inverted
        case "S": self = Self.spaces.inverted
        default: return nil
        }
    }

    /// The class that POSIX calls `[:name:]`.
    private init?(named name: String) {
        switch name {
        case "digit": self = Self.digits
        case "space": self = Self.spaces
        case "alpha": self.init { Self.isLetter($0) }
        case "alnum": self.init { Self.isLetter($0) || Self.isDigit($0) }
        case "upper": self.init { Self.isUpper($0) }
        case "lower": self.init { Self.isLower($0) }
        case "blank": self.init { $0 == 9 || $0 == 32 }
        case "punct": self.init { Self.isVisible($0) && !Self.isLetter($0) && !Self.isDigit($0) }
        case "graph": self.init { Self.isVisible($0) }
        case "print": self.init { Self.isVisible($0) || $0 == 32 }
        case "cntrl": self.init { $0 < 32 || $0 == 127 }
        case "xdigit":
            self.init { Self.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 32) }
        default: return nil
        }
    }

    private var inverted: ASCIISet {
        var set = self
        set.members = members.map { !$0 }
        set.hasOthers = !hasOthers
        return set
    }

    private mutating func add(_ other: ASCIISet) {
        for byte in members.indices where other.members[byte] { members[byte] = true }
        hasOthers = hasOthers || other.hasOthers
    }

    // MARK: Reading

    /// Reads the bracket expression that begins at `at` and moves `at` after it.
    init(bracketIn source: [Character], at: inout Int) throws(PatternFault) {
        self.init { _ in false }
        let start = at
        at += 1
        let isNegated = at < source.count && source[at] == "^"
        if isNegated { at += 1 }
        let first = at
        while true {
            guard at < source.count else { throw Self.fault("[ is never closed", start) }
            if source[at] == "]" && at > first { break }
            try addItem(source, &at)
        }
        at += 1
        if isNegated { self = inverted }
        if !hasOthers, !members.dropFirst().contains(true) { throw Self.fault("no character matches the [ ]", start) }
    }

    /// One character, range or class.
    private mutating func addItem(_ source: [Character], _ at: inout Int) throws(PatternFault) {
        if source[at] == "[" { return add(try Self.named(source, &at)) }
        if source[at] == "&", at + 1 < source.count, source[at + 1] == "&" {
            throw Self.fault("&& intersects classes, which POSIX cannot", at)
        }
        if source[at] == "\\", let set = ASCIISet(shorthand: try PatternEscape.character(source, at)) {
            at += 2
            return add(set)
        }
        let start = at
        let low = try Self.byte(source, &at)
        guard at + 1 < source.count, source[at] == "-", source[at + 1] != "]" else {
            members[Int(low)] = true
            return
        }
        at += 1
        let high = try Self.byte(source, &at)
        guard low <= high else { throw Self.fault("the range ends before it begins", start) }
        for byte in low...high { members[Int(byte)] = true }
    }

    private static func named(_ source: [Character], _ at: inout Int) throws(PatternFault) -> ASCIISet {
        let text = String(source[at...].prefix(12))
        guard text.hasPrefix("[:"), let end = text.firstRange(of: ":]"),
            let set = ASCIISet(named: String(text[..<end.lowerBound].dropFirst(2)))
        else { throw fault("[ inside [ ] begins no class such as [:alpha:]; write \\[ for the character", at) }
        at += text[..<end.upperBound].count
        return set
    }

    private static func byte(_ source: [Character], _ at: inout Int) throws(PatternFault) -> UInt8 {
        let start = at
        var character = source[at]
        if character == "\\" {
            character = try PatternEscape.character(source, at)
            at += 1
            if ASCIISet(shorthand: character) != nil { throw fault("a range cannot end in a class", start) }
        }
        at += 1
        guard let byte = character.asciiValue else {
            throw fault("'\(character)' is beyond ASCII and is not supported inside [ ]", start)
        }
        return byte
    }

    private static func fault(_ reason: String, _ position: Int) -> PatternFault {
        PatternFault(reason: "at character \(position + 1), \(reason)")
    }

    // MARK: Writing

    /// The bracket expression of POSIX for it, or `.` for any character.
    var expression: String {
        let listed = hasOthers ? inverted.body : body
        if hasOthers { return listed.isEmpty ? "." : "[^\(listed)]" }
        // A circumflex must not come first, nor a minus stand between two others.
        switch listed {
        case "^": return "\\^"
        case "^-": return "[-^]"
        default: return "[\(listed)]"
        }
    }

    /// The members in an order in which none has a special meaning: `]` first, then `[`, `^` and `-` last.
    private var body: String {
        var rest = members
        rest[0] = false
        var out = ""
        func take(_ character: Character) -> String {
            guard let byte = character.asciiValue, rest[Int(byte)] else { return "" }
            rest[Int(byte)] = false
            return String(character)
        }
        out += take("]")
        let last = take("[") + take("^") + take("-")
        if Self.spaces.members.indices.allSatisfy({ !Self.spaces.members[$0] || rest[$0] }) {
            for byte in rest.indices where Self.spaces.members[byte] { rest[byte] = false }
            out += "[:space:]"
        }
        var byte = 1
        while byte < 128 {
            guard rest[byte] else {
                byte += 1
                continue
            }
            let end = Self.run(in: rest, from: byte)
            out += end - byte >= 2 ? "\(Self.text(byte))-\(Self.text(end))" : (byte...end).map(Self.text).joined()
            byte = end + 1
        }
        return out + last
    }

    private static func text(_ byte: Int) -> String { String(Unicode.Scalar(UInt8(byte))) }

    /// The last of the digits or letters of one case that follow each other from `start` on.
    private static func run(in members: [Bool], from start: Int) -> Int {
        for isOfKind in [isDigit, isUpper, isLower] where isOfKind(UInt8(start)) {
            var end = start
            while end + 1 < 128, members[end + 1], isOfKind(UInt8(end + 1)) { end += 1 }
            return end
        }
        return start
    }
}
