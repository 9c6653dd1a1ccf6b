/// Explains the parts of Java's expressions that POSIX does not have.
enum PatternEscape {
    /// The character after the `\` at `at`: a literal or a class.
    static func character(_ source: [Character], _ at: Int) throws(PatternFault) -> Character {
        guard at + 1 < source.count else {
            throw PatternFault(reason: "at character \(at + 1), \\ has nothing after it; write \\\\ for the character")
        }
        let character = source[at + 1]
        let isWord = character.isASCII && (character.isLetter || character.isNumber)
        if isWord, ASCIISet(shorthand: character) == nil {
            throw PatternFault(reason: "at character \(at + 1), \\\(character) \(meaning(character))")
        }
        return character
    }

    private static func meaning(_ character: Character) -> String {
        switch character {
        case "b", "B": "is a word boundary, which POSIX does not have"
        case "A", "Z", "z", "G": "is an anchor that POSIX does not have; a pattern always matches whole names"
        case "0"..."9", "k": "refers back to a group, which is not supported"
        case "p", "P": "is a Unicode class, which POSIX does not have; write [[:alpha:]] or list the characters"
        case "Q", "E": "quotes text, which POSIX does not have; write \\ before each special character"
        default: "is not an escape of patterns; the classes are \\d \\w \\s \\D \\W \\S"
        }
    }

    /// Explains the group `(?…` at `at`.
    static func group(_ source: [Character], _ at: Int) -> String {
        let head = String(source[at..<min(at + 4, source.count)])
        switch head.dropFirst(2) {
        case let rest where rest.hasPrefix("=") || rest.hasPrefix("!"):
            return "\(head.prefix(3)) looks ahead, which POSIX cannot"
        case "<=", "<!": return "\(head) looks behind, which POSIX cannot"
        case let rest where rest.hasPrefix("<") || rest.hasPrefix("P"):
            return "\(head.prefix(3)) names a group, which POSIX does not have"
        case let rest where rest.hasPrefix(">"): return "(?> is an atomic group, which POSIX does not have"
        case let rest where rest.hasPrefix("#"): return "(?# is a comment, which POSIX does not have"
        default: return "(? sets flags, which POSIX does not have; only (?:…) is known"
        }
    }
}
