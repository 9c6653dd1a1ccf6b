// Patterns of names: compiled when they are read; the error says why one is rejected.

extension Setting where Value == NamePattern {
    /// A pattern that whole names must match.
    public static func pattern(_ name: String, default text: String, help: String) -> Setting {
        Setting(name, .pattern, "REGEX", default: text, help: help) { (text) throws(ValueRefusal) in
            try compile(text)
        }
    }
}

extension Setting where Value == NamePattern? {
    /// A pattern that may be empty: then no name matches.
    public static func optionalPattern(_ name: String, default text: String = "", help: String) -> Setting {
        Setting(name, .pattern, "REGEX", default: text, help: help) { (text) throws(ValueRefusal) in
            text.isEmpty ? nil : try compile(text)
        }
        .empty(means: "none")
    }

    /// A pattern of topics to exclude, which may be empty. A comma is rejected: it separates patterns in librdkafka's
    /// `topic.blacklist`, and no topic has one in its name.
    public static func exclusion(_ name: String, default text: String = "", help: String) -> Setting {
        Setting(name, .pattern, "REGEX", default: text, help: help) { (text) throws(ValueRefusal) in
            if let at = text.firstIndex(of: ",") {
                let column = text.distance(from: text.startIndex, to: at) + 1
                throw ValueRefusal(
                    value: text,
                    detail: "at character \(column), a comma separates patterns in an exclusion; write it without {m,n}"
                )
            }
            return text.isEmpty ? nil : try compile(text)
        }
        .empty(means: "none")
    }
}

private func compile(_ text: String) throws(ValueRefusal) -> NamePattern {
    do { return try NamePattern(text) } catch { throw ValueRefusal(value: text, detail: error.message) }
}
