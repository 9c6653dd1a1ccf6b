import Foundation
import Testing

/// Words and phrases of translated English or of an earlier vocabulary, with the ones to use instead.
///
/// docs/testing.md says how the list grows. A rule is a regular expression over one line.
@Suite struct WordTests {
    struct Rule: Sendable {
        let pattern: String
        let instead: String

        init(_ pattern: String, _ instead: String) { (self.pattern, self.instead) = (pattern, instead) }
    }

    static let rules = [
        Rule(#"\banew\b"#, "again, re-"),
        Rule(#"\bafresh\b"#, "again"),
        Rule(#"\bin vain\b"#, "without result"),
        Rule(#"\b(is|are|was|were|be|been|being|not) told\b"#, "is logged, is reported"),
        Rule(#"\btold (of|by|apart|to|the|no)\b"#, "distinguished, reported"),
        Rule(#"\b[Tt]ells? (of|us|that|what|which|how|why|when)\b"#, "reports, shows, has"),
        Rule(#"\bsaid\b"#, "output, printed, reported"),
        Rule(#"\bmend(s|ed|ing)?\b"#, "repair, resolve, recover"),
        Rule(#"\b(goes|go|going|went|gone) on\b"#, "continues, resumes"),
        Rule(#"\bfor ever\b"#, "forever, permanently"),
        Rule(#"\bfor good\b"#, "permanently"),
        Rule(#"\bovertak(en|es?)\b"#, "fenced"),
        Rule(#"\b[Pp]arcels?\b"#, "write batch"),
        Rule(#"\bnobody is to\b"#, "say who must not do what"),
        Rule(#"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more|less|such)[a-z]+"#, "is not a"),
        Rule(#"\bno more\b(?! than)"#, "no longer, no further"),
        Rule(#"\bbehind (it|that|them|which|this)\b"#, "after"),
        Rule(#"\bwhose word\b|\bword counts\b"#, "whose offset decides"),
        Rule(#"\b(is|are|was|were|be|becomes?|became|been) due\b"#, "next, expected, scheduled"),
        Rule(#"\bdue (for|rows|ones|offset|record)\b"#, "expected"),
        Rule(#"\bof (no more |no )?use\b"#, "useful, unusable"),
        Rule(#"\bh(eld|olds?) up\b"#, "delays, stalls"),
        Rule(#"\b(stands?|stood) still\b"#, "stops, stalls, is idle"),
        Rule(#"\blet(s|ting)? go of\b"#, "releases"),
        Rule(#"\bwhere (it|they) lies?\b"#, "in place"),
        Rule(#"\bsees? to it\b|\bsee to\b"#, "ensures"),
        Rule(#"\btaken for\b"#, "treated as"),
        Rule(#"\bnews of\b"#, "state of"),
        Rule(#"\bhas not (the|a|an|what)\b"#, "lacks"),
        Rule(#"\b[Ss]ettl(e|es|ing)\b"#, "complete, flush, decide"),
        Rule(#"\bpassed over\b"#, "skipped"),
        Rule(#"\bleft out\b|\bleaves? out\b"#, "excluded, omitted"),
        Rule(#"\bcarr(y|ies|ied) over\b"#, "replicates, syncs"),
        Rule(#"\b[Aa]ccess rules?\b"#, "ACL"),
    ]

    /// Texts that people read and maintain; generated pages follow the sources.
    static let files =
        ["README.md", "CHANGELOG.md"]
        + Repository.files(under: "docs", ending: [".md"]).filter { !$0.hasPrefix("docs/reference/") }
        + Repository.files(under: "Sources", ending: [".swift", ".c", ".h", ".cpp"])
        + Repository.files(under: "Tests", ending: [".swift"]).filter { !$0.hasSuffix("/WordTests.swift") }
        + Repository.files(under: "scripts", ending: [""]).filter { !$0.hasSuffix(".idl") }

    /// `file:line` and what to say instead, for every line that breaks a rule.
    private static func complaints(_ path: String, _ text: String) throws -> [String] {
        let expressions = try rules.map { (try NSRegularExpression(pattern: $0.pattern), $0.instead) }
        return text.components(separatedBy: "\n").enumerated().flatMap { number, line in
            let whole = NSRange(line.startIndex..., in: line)
            return expressions.compactMap { expression, instead -> String? in
                guard let found = expression.firstMatch(in: line, range: whole),
                    let range = Range(found.range, in: line)
                else { return nil }
                return "\(path):\(number + 1): \"\(line[range])\", say: \(instead)"
            }
        }
    }

    @Test func everyTextUsesTheFieldsWords() throws {
        #expect(Self.files.count > 600)
        for path in Self.files {
            guard let text = try? Repository.text(path) else { continue }
            for complaint in try Self.complaints(path, text) { Issue.record("\(complaint)") }
        }
    }

    @Test(arguments: [
        ("the topic was made anew", "again"), ("the program goes on", "continues"), ("it is no file", "is not a"),
        ("which is told", "logged"), ("what is due", "expected"), ("reading begins behind it", "after"),
    ])
    func aBannedPhraseIsFound(line: String, instead: String) throws {
        let found = try Self.complaints("page.md", "a good line\n\(line)")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("page.md:2: ") == true && found.first?.contains(instead) == true)
    }

    @Test(arguments: ["there is no file", "it is no longer there", "no more than ten", "the lag is behind the end"])
    func aGoodPhrasePasses(line: String) throws { #expect(try Self.complaints("page.md", line).isEmpty) }
}
