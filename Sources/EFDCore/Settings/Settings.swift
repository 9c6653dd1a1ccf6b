/// The values a program runs with, each with where it came from.
public struct Settings: Sendable {
    public enum Source: Sendable, Equatable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String, line: Int)
        case defaultValue

        public var description: String {
            switch self {
            case .flag(let flag): "flag \(flag)"
            case .environment(let name): "environment \(name)"
            case .file(let path, let line): "file \(path), line \(line)"
            case .defaultValue: "default"
            }
        }
    }

    struct Entry: Sendable {
        let texts: [String]
        let source: Source
        let value: any Sendable
    }

    public let table: SettingsTable
    /// What stood beside the flags.
    public let positional: [String]
    let entries: [String: Entry]

    /// The value of a setting of this program's table.
    public subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = entries[setting.spec.name]?.value as? Value else {
            preconditionFailure("the setting \(setting.spec.name) is not in the table of \(table.program)")
        }
        return value
    }

    /// Where a setting's value came from.
    public func source<Value>(of setting: Setting<Value>) -> Source {
        entries[setting.spec.name]?.source ?? .defaultValue
    }

    /// The settings as a file that `--config` reads, with the source of each as a comment and secrets hidden.
    public var yaml: String {
        var out = "# \(table.program) \(BuildInfo.version)\n"
        if !positional.isEmpty { out += "# arguments: \(positional.joined(separator: " "))\n" }
        for section in table.sections {
            let shown = section.settings.filter { !Self.actions.contains($0.name) }
            if shown.isEmpty { continue }
            out += "\n# \(section.title)\n"
            for spec in shown {
                if let entry = entries[spec.name] { out += Self.lines(spec, entry) }
            }
        }
        return out
    }

    private static let actions: Set<String> = ["config", "check-config", "print-config", "version", "help"]

    private static func lines(_ spec: SettingSpec, _ entry: Entry) -> String {
        let comment = "  # \(entry.source)"
        if entry.texts.isEmpty { return "# \(spec.name):\(comment)\n" }
        if spec.isSecret { return "\(spec.name): \"********\"\(comment)\n" }
        if spec.isRepeatable {
            return "\(spec.name):\(comment)\n" + entry.texts.map { "  - \(quoted(hidden($0)))\n" }.joined()
        }
        return "\(spec.name): \(quoted(hidden(entry.texts.last ?? "")))\(comment)\n"
    }

    /// A free `KEY=VALUE` may hold a secret too: `sasl.password=…`, and so may a URL: `http://user:password@host`.
    private static func hidden(_ text: String) -> String {
        if let scheme = text.firstRange(of: "://"), let at = text[scheme.upperBound...].lastIndex(of: "@") {
            return "\(text[..<scheme.upperBound])********\(text[at...])"
        }
        guard let at = text.firstIndex(of: "=") else { return text }
        let key = text[..<at].lowercased()
        let isSecret = ["password", "secret", "token", "key.pem", "jaas"].contains { key.contains($0) }
        return isSecret ? "\(text[..<at])=********" : text
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSON.appendQuoted(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
