extension Settings {
    /// The settings as a file that `--config` reads, with the source of each as a comment. References stay as written;
    /// a secret given without one is hidden, its line a comment.
    public var yaml: String {
        var out = "# \(table.program) \(BuildInfo.version)\n"
        if !positional.isEmpty { out += "# arguments: \(positional.joined(separator: " "))\n" }
        for section in table.sections {
            let shown = section.settings.filter { !CommonSettings.actions.contains($0.name) }
            if shown.isEmpty { continue }
            out += "\n# \(section.title)\n"
            for spec in shown {
                if let entry = entries[spec.name] { out += Self.lines(spec, entry) }
            }
        }
        return out
    }

    private static func lines(_ spec: SettingSpec, _ entry: Entry) -> String {
        let comment = "  # \(entry.source)"
        let shown = ShownText.of(entry.texts, spec)
        if shown.isEmpty { return "# \(spec.name):\(comment)\n" }
        if spec.isRepeatable {
            return "\(spec.name):\(comment)\n"
                + shown.map { "  \($0.isHidden ? "# " : "")- \(quoted($0.text))\n" }.joined()
        }
        let last = shown[shown.count - 1]
        return "\(last.isHidden ? "# " : "")\(spec.name): \(quoted(last.text))\(comment)\n"
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSON.appendQuoted(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
