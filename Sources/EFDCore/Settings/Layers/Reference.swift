/// References within values: `${env:NAME}`, `${file:PATH:KEY}` and `${file:PATH}`, as Kafka Connect's configuration
/// providers have them. They are replaced when a value is read; all output shows the reference.
struct ReferenceResolver {
    let resources: SettingsResources

    /// Whether `text` contains anything that `resolve` would replace or reject.
    static func isReference(_ text: String) -> Bool { next(in: text[...]) != nil }

    /// - Throws: `settings.referenceUnresolved`, which names the missing variable, file or key.
    func resolve(_ text: String) throws(EFDError) -> String {
        var out = ""
        var rest = text[...]
        while let found = Self.next(in: rest) {
            out += rest[..<found.start]
            guard let end = found.end else {
                throw Self.unresolved("\(rest[found.start...]) has no } at its end")
            }
            out += try value(found.provider, String(rest[rest.index(after: found.colon)..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return out + rest
    }

    /// The contents of a file without the white space around them.
    func contents(_ path: String) throws(EFDError) -> String {
        String(decoding: try resources.readFile(path), as: UTF8.self).trimmed
    }

    private struct Found {
        let start: String.Index
        let colon: String.Index
        let end: String.Index?
        let provider: String
    }

    /// The first `${word:`; `${topic}` and the like are literal.
    private static func next(in text: Substring) -> Found? {
        var from = text.startIndex
        while let open = text[from...].firstRange(of: "${") {
            let word = text[open.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            if !word.isEmpty, word.endIndex < text.endIndex, text[word.endIndex] == ":" {
                return Found(
                    start: open.lowerBound, colon: word.endIndex, end: text[word.endIndex...].firstIndex(of: "}"),
                    provider: String(word))
            }
            from = open.upperBound
        }
        return nil
    }

    private func value(_ provider: String, _ rest: String) throws(EFDError) -> String {
        switch provider {
        case "env":
            guard let value = resources.environment[rest] else {
                throw Self.unresolved("the environment has no variable \(rest)")
            }
            return value
        case "file":
            guard let colon = rest.lastIndex(of: ":") else { return try contents(rest) }
            return try value(of: String(rest[rest.index(after: colon)...]), inFile: String(rest[..<colon]))
        default:
            throw Self.unresolved(
                "'\(provider)' is not a provider of values; write ${env:NAME}, ${file:PATH} or ${file:PATH:KEY}")
        }
    }

    private func value(of key: String, inFile path: String) throws(EFDError) -> String {
        let bytes = try resources.readFile(path)
        let isYAML = [".yaml", ".yml", ".json"].contains { path.hasSuffix($0) }
        let found =
            isYAML
            ? try Self.yaml(bytes, path)[key]?.text : Self.properties(String(decoding: bytes, as: UTF8.self))[key]
        guard let found else { throw Self.unresolved("\(path) has no key \(key)") }
        return found
    }

    private static func yaml(_ bytes: [UInt8], _ path: String) throws(EFDError) -> YAML {
        do { return try YAML.parse(bytes) } catch { throw error.during(path) }
    }

    /// Lines `key=value`, without blanks around either; lines that begin with `#` or `!` are comments.
    private static func properties(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline).map(\.trimmed) {
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("#"), !line.hasPrefix("!") else { continue }
            found[line[..<equals].trimmed] = line[line.index(after: equals)...].trimmed
        }
        return found
    }

    private static func unresolved(_ message: String) -> EFDError {
        EFDError(.settingsReferenceUnresolved, message)
    }
}
