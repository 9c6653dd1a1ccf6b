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
