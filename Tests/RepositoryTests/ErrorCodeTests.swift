import Foundation
import Testing

/// Each error code is declared once, explained, and used.
@Suite struct ErrorCodeTests {
    private static let sources = Repository.swiftSources.filter {
        !$0.hasSuffix("/ErrorCodes.swift") && !$0.contains("EFDTestKit")
    }

    @Test func everyDeclarationIsRead() throws {
        let entries = try ErrorCodes.all()
        #expect(entries.count > 150)
        for path in ErrorCodes.paths {
            let declared = try Repository.text(path).matches(of: /static let/).count
            #expect(try ErrorCodes.entries(path).count == declared, "\(path): a code has no comment above it")
        }
    }

    @Test func everyCodeIsDeclaredOnceAndExplained() throws {
        let entries = try ErrorCodes.all()
        for (code, same) in Dictionary(grouping: entries, by: \.code) where same.count > 1 {
            Issue.record("\(code) is declared in \(same.map(\.module).joined(separator: " and "))")
        }
        for entry in entries {
            let name = entry.code.replacing(/\.(.)/) { $0.1.uppercased() }
            #expect(entry.member == name, "\(entry.module): \(entry.code) must be the member \(name)")
            for text in [entry.meaning, entry.action] {
                #expect(text.hasSuffix("."), "\(entry.code): say what it means, then `Action: …`, each as a sentence")
            }
        }
    }

    @Test func codesAreMadeInTheTablesAlone() throws {
        for path in Self.sources {
            for (number, line) in try Repository.lines(path).enumerated() {
                #expect(
                    !line.contains("EFDError.Code(") && !line.contains("extension EFDError.Code"),
                    "\(path):\(number + 1): declare the code in ErrorCodes.swift")
            }
        }
    }

    @Test func everyCodeIsUsed() throws {
        let used = try Self.sources.reduce(into: Set<Substring>()) { used, path in
            for found in try Repository.text(path).matches(of: /\.(\w+)/) { used.insert(found.1) }
        }
        for entry in try ErrorCodes.all() {
            #expect(used.contains(entry.member[...]), "\(entry.module): nothing uses \(entry.code)")
        }
    }
}
