import EFDCore
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        (#"lsst\.sal\..*"#, ["lsst.sal.Test.scalars"], ["lsst-sal.Test", "other.lsst.sal.Test", "lsst.sal"]),
        (#"lsst\.sal\.Test\d+"#, ["lsst.sal.Test12"], ["lsst.sal.Test", "lsst.sal.Testd"]),
        (#"(?:A|B)c"#, ["Ac", "Bc"], ["c", "ABc", ":Ac"]),
        (#"\w+\.\W\s\S\D"#, ["a_1.- xy"], ["a_1.-_xy", "a_1.- x1"]),
        (#"[\w.-]+"#, ["a_B-9.c"], ["a b", "a/b", ""]),
        (#"[^\d.]+"#, ["abc"], ["a1", "a."]),
        (#"[\D5]+"#, ["ab5"], ["4"]),
        (#"[^\D]+"#, ["42"], ["4a"]),
        (#"[\s\S]*"#, ["", "any thing"], []),
        (#"[\]\[^-]+"#, ["[^-]"], ["a"]),
        (#"[]a]+"#, ["]a"], ["b"]),
        (#"[a\-z]"#, ["a", "-", "z"], ["m"]),
        (#"[\^]"#, ["^"], ["a"]),
        (#"[-^]"#, ["^", "-"], ["a"]),
        (#"[[:alpha:]_]+"#, ["a_B"], ["a1"]),
        (#"a{2}b{1,}c{0,2}"#, ["aabb", "aabcc"], ["ab", "aabccc"]),
        (#"^lsst.*$"#, ["lsst.x"], ["a.lsst"]),
        (#"^lsst"#, ["lsst"], ["lsst.x"]),
        (#"a|b"#, ["a", "b"], ["ab", "ax"]),
        (#"(a|)b"#, ["ab", "b"], ["a"]),
        (#"a\{1\}\-\_\}"#, ["a{1}-_}"], ["a"]),
        (#"[a-c&x]+"#, ["a&x"], ["d"]),
        (#"gr(ü)+n"#, ["grün", "grüün"], ["grun"]),
        (#"grü+n"#, ["grüün"], ["gr\u{C3}n"]),
        (#"[.]"#, ["."], ["a"]),
        ("", [""], ["a"]),
    ])
    func aPatternMatchesWholeNames(text: String, taken: [String], left: [String]) throws {
        let pattern = try NamePattern(text)
        for name in taken { #expect(pattern.matches(name), "\(text) must take '\(name)', as \(pattern.posix)") }
        for name in left { #expect(!pattern.matches(name), "\(text) must leave '\(name)', as \(pattern.posix)") }
    }

    @Test(arguments: [
        (#"a\b"#, "at character 2, \\b is a word boundary"), (#"a(?=b)"#, "at character 2, (?= looks ahead"),
        (#"(?!b)"#, "(?! looks ahead"), (#"(?<=b)c"#, "(?<= looks behind"), (#"(?<!b)c"#, "(?<! looks behind"),
        (#"(?<name>b)"#, "names a group"), (#"(?>b)"#, "atomic"), (#"(?i)b"#, "sets flags"), (#"(?#b)"#, "comment"),
        (#"a.*?b"#, "at character 4, ? after a quantifier makes it lazy"), (#"a++"#, "possessive"),
        (#"a**"#, "* follows another quantifier"), (#"(a)\1"#, "\\1 refers back"), (#"\k<a>"#, "refers back"),
        (#"\p{L}"#, "Unicode class"), (#"\Qa.b\E"#, "quotes text"), (#"\Aa\z"#, "anchor"),
        (#"\t"#, "\\t is not an escape"), (#"a\"#, "\\ has nothing after it"), (#"a["#, "at character 2, [ is never"),
        (#"lsst\.sal\.("#, "at character 12, ( is never closed"), (#"a)"#, "at character 2, ) has no ("),
        (#"*"#, "at character 1, * has nothing before it"), (#"(|+a)"#, "+ has nothing before it"),
        (#"a{"#, "{ begins a repetition"), (#"a{2,1}"#, "{ begins a repetition"), (#"a{x}"#, "{ begins a repetition"),
        (#"a{256}"#, "{ begins a repetition"), (#"{2}"#, "nothing before it"), (#"a{2}{3}"#, "another quantifier"),
        (#"((a{2})b){3}"#, "a group that has a repetition"), (#"[z-a]"#, "the range ends before it begins"),
        (#"[a-\d]"#, "a range cannot end in a class"), (#"[a&&b]"#, "&& intersects"), (#"[a[b]]"#, "write \\["),
        (#"[[:nosuch:]]"#, "write \\["), (#"[ü]"#, "beyond ASCII"), (#"[^\s\S]"#, "no character matches"),
        (#"[\b]"#, "word boundary"), (String(repeating: "a", count: 4097), "longer than 4096"),
    ])
    func whatPosixCannotSayIsRefusedWithReasonAndPlace(text: String, reason: String) {
        let error = #expect(throws: EFDError.self) { _ = try NamePattern(text) }
        #expect(error?.message.contains(reason) == true, "\(text): \(error?.message ?? "")")
    }

    @Test func groupsAreCountedAsTheirAuthorDoes() throws {
        let pattern = try NamePattern(#"(?:a|ü)\.(\w+)(?:x)?\.(b)?(.*)"#)
        #expect(pattern.groups(in: "a.one.rest") == ["one", nil, "rest"])
        #expect(pattern.groups(in: "ü.one.b") == ["one", "b", ""])
        #expect(pattern.groups(in: "c.one.b") == nil)
    }

    @Test func aNameIsAnExpressionOfItself() throws {
        let name = #"a.b[c](d)*+?{1}^$|\e-_"#
        #expect(NamePattern.posix(ofName: name) == #"^a\.b\[c\]\(d\)\*\+\?\{1\}\^\$\|\\e-_$"#)
    }

    @Test func aFilterTakesWhatIsIncludedAndNotExcluded() throws {
        let filter = TopicFilter(
            include: try NamePattern("a.*"), exclude: try NamePattern(".*z"), never: ["a.deadletter"])
        #expect(filter.takes("ab") && filter.takes("a.deadletters"))
        #expect(!filter.takes("b") && !filter.takes("az") && !filter.takes("a.deadletter"))
        #expect(TopicFilter(include: try NamePattern(".*")).takes("az"))
    }

    @Test func threadsShareAPattern() async throws {
        let pattern = try NamePattern(#"lsst\.sal\.(A|B)\w+\.\d{1,3}"#)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<2000).filter { pattern.matches("lsst.sal.Box.\($0)") }.count }
            }
            for await count in group { #expect(count == 1000) }
        }
    }
}
