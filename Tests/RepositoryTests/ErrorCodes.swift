import Foundation

/// The tables of error codes: each module's `ErrorCodes.swift`.
enum ErrorCodes {
    struct Entry {
        let module: String
        let member: String
        let code: String
        let meaning: String
        let action: String
    }

    static let paths = Repository.swiftSources.filter { $0.hasSuffix("/ErrorCodes.swift") }

    /// In the order of the file. Stops at the first declaration without a comment that ends in `Action: …`.
    static func entries(_ path: String) throws -> [Entry] {
        let declaration = /((?: *\/\/\/ .*\n)+) *(?:public )?static let (\w+) = Self\("([\w.]+)"\)/
        return try Repository.text(path).matches(of: declaration).map { found in
            let comment = found.1.split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces).dropFirst(4) }.joined(separator: " ")
            let parts = comment.components(separatedBy: " Action: ")
            return Entry(
                module: module(path), member: String(found.2), code: String(found.3), meaning: parts[0],
                action: parts.count == 2 ? parts[1] : "")
        }
    }

    static func all() throws -> [Entry] { try paths.flatMap(entries) }

    private static func module(_ path: String) -> String { String(path.split(separator: "/")[1]) }

    /// docs/reference/errors.md; measurements are not shipped.
    static func page() throws -> String {
        var text = """
            # Errors

            Written from the tables of error codes by `scripts/docs`. Logs, `/readyz`, the header `__connect.errors.exception.class.name`
            of dead letters and the label `reason` of `efd_dead_letters_total` name an error by its code.

            """
        for path in paths where module(path) != "efd-bench" {
            let title = try Repository.text(path).firstMatch(of: /\n?\/\/\/ (.*)\.\nextension/)?.1 ?? ""
            text += "\n## \(title)\n\n| code | meaning | what to do |\n|---|---|---|\n"
            for entry in try entries(path) {
                text += "| `\(entry.code)` | \(entry.meaning) | \(entry.action) |\n"
            }
        }
        return text
    }
}
