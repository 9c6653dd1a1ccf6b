import Foundation
import Testing

/// Rules of the house that a compiler does not know.
@Suite struct HouseTests {
    @Test func shippedCodeLeavesOutFullFoundation() throws {
        for path in Repository.swiftSources where !path.contains("EFDTestKit") {
            #expect(
                try Repository.text(path).firstMatch(of: /(?m)^import Foundation$/) == nil,
                "\(path): ICU costs 45 MB; use Glibc or FoundationEssentials")
        }
    }

    @Test func shippedCodeDoesNotTrapOnPurpose() throws {
        for path in Repository.swiftSources where !path.contains("EFDTestKit") {
            let text = try Repository.text(path)
            for pattern in ["try!", "as!", "fatalError("] { #expect(!text.contains(pattern), "\(path) has \(pattern)") }
        }
    }

    @Test func filesStayReadable() throws {
        for path in Repository.files(under: "Sources", ending: [".swift", ".c", ".h", ".cpp"]) {
            let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 400, "\(path) has \(lines) lines: one idea a file")
        }
    }

    /// Data of tests (JSON, scripts in other languages) may be wider: a break within it would change it.
    @Test func linesFitSideBySide() throws {
        for path in Repository.files(under: "Sources", ending: [".swift", ".c", ".h", ".cpp"]) {
            for (number, line) in try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                #expect(line.count <= 120, "\(path):\(number + 1) is \(line.count) columns wide; at most 120")
            }
        }
    }

    @Test func functionsStayReadable() throws {
        for path in Repository.swiftSources {
            var start: (line: Int, indent: Int)?
            for (number, line) in try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let indent = line.prefix { $0 == " " }.count
                if line.firstMatch(
                    of:
                        /^ *(?:@\w+ )*(?:public |private |fileprivate |internal |static |mutating |override )*(?:func |init[?(<])/
                ) != nil,
                    line.hasSuffix("{")
                {
                    start = (number, indent)
                }
                if let begun = start, indent == begun.indent, line.dropFirst(indent).hasPrefix("}") {
                    #expect(
                        number - begun.line <= 70,
                        "\(path):\(begun.line + 1): a function of \(number - begun.line) lines")
                    start = nil
                }
            }
        }
    }

    @Test func nothingIsLeftForLater() throws {
        let word = ["TO", "DO"].joined()
        for path in Repository.files(under: "Sources", ending: [".swift", ".c", ".h"])
            + Repository.files(under: "docs", ending: [".md"])
        {
            let text = try Repository.text(path)
            #expect(!text.contains(word) && !text.contains("FIX" + "ME"), "\(path) leaves something open")
        }
    }

    @Test func onlyTheFolderNamesOfTheDesignStandAtTheRoot() throws {
        let allowed: Set<String> = [
            "Package.swift", "Sources", "Tests", "deploy", "scripts", "docs", "README.md", "LICENSE", "CHANGELOG.md",
        ]
        let found = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path).filter {
            !$0.hasPrefix(".")
        }
        #expect(Set(found).subtracting(allowed).isEmpty)
    }
}
