import Foundation
import Testing

/// The shape of the pages that people read.
@Suite struct PageTests {
    private static let pages = ["README.md", "CHANGELOG.md"] + Repository.files(under: "docs", ending: [".md"])

    @Test func readmeBeginsWithProse() throws {
        let paragraphs = try Repository.text("README.md").components(separatedBy: "\n\n")
        try #require(paragraphs.count > 2)
        #expect(paragraphs[0].hasPrefix("# "))
        let boxes = paragraphs[1].unicodeScalars.filter { (0x2500...0x257F).contains($0.value) }
        #expect(boxes.isEmpty, "the first paragraph of README.md has a drawing in it")
        #expect(paragraphs[1].hasSuffix("."), "the first paragraph of README.md is not a sentence")
    }

    @Test(arguments: pages)
    func fencesAreBalanced(page: String) throws {
        var isOpen = false
        var previous: Substring = ""
        for (number, line) in try Repository.lines(page).enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                let follows = isOpen || previous.allSatisfy { $0 == " " }
                #expect(follows, "\(page):\(number + 1): no blank line before a fence")
                isOpen.toggle()
            }
            previous = line
        }
        #expect(!isOpen, "\(page): a fence is not closed")
    }

    /// Files and headings that a page links to exist.
    @Test(arguments: pages)
    func linksLeadSomewhere(page: String) throws {
        let folder = (page as NSString).deletingLastPathComponent
        for match in try Repository.text(page).matches(of: /\]\(([^)\s]+)\)/) {
            let link = String(match.1)
            if link.contains("://") || link.hasPrefix("mailto:") { continue }
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? page : ((folder as NSString).appendingPathComponent(parts[0]))
            let path = (target as NSString).standardizingPath
            let found = FileManager.default.fileExists(atPath: Repository.root.appending(path: path).path)
            #expect(found, "\(page) links to \(link), which is not there")
            guard found, parts.count == 2 else { continue }
            let anchors = try Repository.lines(path).filter { $0.hasPrefix("#") }.map(Self.anchor)
            #expect(anchors.contains(parts[1]), "\(page) links to \(link), a heading that is not there")
        }
    }

    /// The anchor that GitHub derives from a heading.
    private static func anchor(_ heading: Substring) -> String {
        let text = heading.drop { $0 == "#" || $0 == " " }.lowercased()
        return String(text.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" })
            .replacingOccurrences(of: " ", with: "-")
    }

    /// Source files that a page names, by name or by path within `Sources`, exist.
    @Test(arguments: pages.filter { $0 != "CHANGELOG.md" && !$0.hasPrefix("docs/decisions/") })
    func filesNamedAreThere(page: String) throws {
        for match in try Repository.text(page).matches(of: /`([A-Za-z0-9+_\/-]+\.(?:swift|c|h|cpp))`/) {
            let name = String(match.1)
            let found = Self.sources.contains { $0 == name || $0.hasSuffix("/\(name)") }
            #expect(found, "\(page) names \(name), which is not there")
        }
    }

    private static let sources = ["Sources", "Tests", "."].flatMap { folder in
        folder == "." ? ["Package.swift"] : Repository.files(under: folder, ending: [".swift", ".c", ".h", ".cpp"])
    }

    /// Tables, fenced blocks, headings and generated pages may be wider.
    @Test(arguments: pages.filter { !$0.hasPrefix("docs/reference/") })
    func proseHasAtMost120Columns(page: String) throws {
        var isFenced = false
        for (number, line) in try Repository.lines(page).enumerated() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("```") { isFenced.toggle() }
            if isFenced || text.hasPrefix("|") || line.hasPrefix("#") { continue }
            #expect(line.count <= 120, "\(page):\(number + 1) has \(line.count) columns")
        }
    }
}
