/// Why an expression cannot be used, with the position.
struct PatternFault: Error {
    let reason: String
}

/// Rewrites an expression as Kafka Connect's users write it (Java) into one of POSIX with the same meaning, and rejects
/// what POSIX cannot express.
struct PatternTranslator {
    /// The expression that a quantifier would repeat.
    private enum Previous { case nothing, atom, counted, quantified }

    private let source: [Character]
    private var at = 0
    private var previous = Previous.nothing
    /// Groups that are not closed yet: where each begins, and whether it has an interval `{m,n}`.
    private var open: [(position: Int, isCounted: Bool)] = []
    private var groupCount = 0
    private(set) var posix = ""
    /// The numbers, in `posix`, of the groups that the author counts.
    private(set) var captures: [Int] = []

    /// The largest count of `{m,n}` that POSIX guarantees.
    private static let longestInterval = 255
    private static let special = Set("\\^$.[|()?*+{")

    init(_ text: String) { source = Array(text) }

    mutating func translate() throws(PatternFault) {
        while at < source.count { try step(source[at]) }
        if let group = open.last { throw fault("( is never closed", at: group.position) }
    }

    private mutating func step(_ character: Character) throws(PatternFault) {
        switch character {
        case "\\": try escape()
        case "[":
            append(try ASCIISet(bracketIn: source, at: &at).expression)
        case "(": try openGroup()
        case ")": try closeGroup()
        case "*", "+", "?": try quantify(character)
        case "{": try interval()
        case "|", "^", "$":
            posix.append(character)
            previous = .nothing
            at += 1
        default: literal(character)
        }
    }

    // MARK: Characters

    private mutating func append(_ expression: String) {
        posix += expression
        previous = .atom
    }

    private mutating func literal(_ character: Character) {
        at += 1
        if character.utf8.count == 1 { return append(String(character)) }
        // Bytes are matched: a quantifier must not take the last of them alone.
        groupCount += 1
        append("(\(character))")
    }

    private mutating func escape() throws(PatternFault) {
        let character = try PatternEscape.character(source, at)
        if let set = ASCIISet(shorthand: character) {
            append(set.expression)
            at += 2
        } else if Self.special.contains(character) {
            append("\\\(character)")
            at += 2
        } else {
            at += 1
            literal(character)
        }
    }

    // MARK: Groups

    private mutating func openGroup() throws(PatternFault) {
        groupCount += 1
        let isExtended = at + 1 < source.count && source[at + 1] == "?"
        if isExtended {
            guard at + 2 < source.count, source[at + 2] == ":" else { throw fault(PatternEscape.group(source, at)) }
        } else {
            captures.append(groupCount)
        }
        open.append((at, false))
        posix.append("(")
        previous = .nothing
        at += isExtended ? 3 : 1
    }

    private mutating func closeGroup() throws(PatternFault) {
        guard let group = open.popLast() else { throw fault(") has no ( before it; write \\) for the character") }
        if group.isCounted { markCounted() }
        posix.append(")")
        previous = group.isCounted ? .counted : .atom
        at += 1
    }

    private mutating func markCounted() { if !open.isEmpty { open[open.count - 1].isCounted = true } }

    // MARK: Quantifiers

    private mutating func quantify(_ character: Character) throws(PatternFault) {
        switch (previous, character) {
        case (.nothing, _):
            throw fault("\(character) has nothing before it to repeat; write \\\(character) for the character")
        case (.quantified, "?"): throw fault("? after a quantifier makes it lazy, which POSIX does not have")
        case (.quantified, "+"): throw fault("+ after a quantifier makes it possessive, which POSIX does not have")
        case (.quantified, _): throw fault("\(character) follows another quantifier")
        case (.atom, _), (.counted, _): break
        }
        posix.append(character)
        previous = .quantified
        at += 1
    }

    private mutating func interval() throws(PatternFault) {
        let rest = source[(at + 1)...]
        guard let end = rest.firstIndex(of: "}"), let text = Self.bounds(String(rest[..<end])) else {
            throw fault("{ begins a repetition {m}, {m,} or {m,n}; write \\{ for the character")
        }
        switch previous {
        case .nothing: throw fault("{\(text)} has nothing before it to repeat")
        case .quantified: throw fault("{\(text)} follows another quantifier")
        // Each level multiplies the memory that the compiled expression takes.
        case .counted: throw fault("{\(text)} repeats a group that has a repetition {m,n} itself")
        case .atom: break
        }
        posix += "{\(text)}"
        markCounted()
        previous = .quantified
        at = end + 1
    }

    /// `m`, `m,` or `m,n` in order and within the limit; else nil.
    private static func bounds(_ text: String) -> String? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].allSatisfy({ "0"..."9" ~= $0 }), let low = Int(parts[0]),
            low <= longestInterval
        else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return text }
        guard parts[1].allSatisfy({ "0"..."9" ~= $0 }), let high = Int(parts[1]), low...longestInterval ~= high else {
            return nil
        }
        return text
    }

    private func fault(_ reason: String, at position: Int? = nil) -> PatternFault {
        PatternFault(reason: "at character \((position ?? at) + 1), \(reason)")
    }
}
