import Foundation

/// The files of this repository, found by the path of this file.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Without their line feeds.
    static func lines(_ path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Paths of the files under `folder`, relative to the root.
    static func files(under folder: String, ending suffixes: [String]) -> [String] {
        let base = root.appending(path: folder)
        let found =
            FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return found.map { String($0.path.dropFirst(root.path.count + 1)) }
            .filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted()
    }

    static var swiftSources: [String] { files(under: "Sources", ending: [".swift"]) }
}
