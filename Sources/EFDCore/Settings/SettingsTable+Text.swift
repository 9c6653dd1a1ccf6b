extension SettingsTable {
    /// The text of `--help`.
    public var help: String {
        let arguments = positional.map { " \($0.placeholder)" } ?? ""
        var out = "\(program): \(summary)\n\nUsage: \(program)\(arguments) [--setting VALUE …]\n"
        if let positional { out += "\n  \(positional.placeholder.padded(to: 34))\(positional.help)\n" }
        for section in sections { out += "\n\(section.title):\n" + section.settings.map(Self.helpLine).joined() }
        if !examples.isEmpty { out += "\nExamples:\n" + examples.map { "  \($0)\n" }.joined() }
        return out
            + "\nEvery setting can also be set in the environment (EFD_ and its name in capitals) or, by its name, in "
            + "the file of --config.\n"
    }

    private static func helpLine(_ spec: SettingSpec) -> String {
        let head = "  \(spec.flag)\(spec.placeholder.map { " \($0)" } ?? "")"
        var notes: [String] = []
        if let domain = spec.kind.range { notes.append(domain) }
        if let value = spec.defaultText, spec.placeholder != nil, !value.isEmpty { notes.append("default \(value)") }
        if spec.isToggle && spec.defaultText == "true" { notes.append("on; --no-\(spec.name) turns it off") }
        if let meaning = spec.emptyMeaning { notes.append("empty: \(meaning)") }
        if spec.isRequired { notes.append("required") }
        if spec.isRepeatable { notes.append("repeatable") }
        if !spec.aliases.isEmpty { notes.append("also " + spec.aliasFlags.joined(separator: ", ")) }
        if spec.isSecret { notes.append("secret: better by \(spec.environmentName) or \(spec.flag)-file") }
        let text = spec.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
        return head.count < 36
            ? "\(head.padded(to: 36))\(text)\n" : "\(head)\n\(String(repeating: " ", count: 36))\(text)\n"
    }

    /// The settings as a Markdown section of the generated reference page.
    public var markdown: String {
        var out = "## \(program)\n\n\(summary)\n"
        for section in sections {
            out +=
                "\n### \(section.title)\n\n| flag | environment | default | values | meaning |\n|---|---|---|---|---|\n"
            out += section.settings.map(Self.markdownRow).joined()
        }
        return out
    }

    private static func markdownRow(_ spec: SettingSpec) -> String {
        let value = spec.isRequired ? "required" : spec.defaultText.map { $0.isEmpty ? "" : "`\($0)`" } ?? ""
        let values = (spec.kind.domain ?? spec.placeholder ?? "") + (spec.isRepeatable ? ", repeatable" : "")
        let aliases = spec.aliases.isEmpty ? "" : " Also `\(spec.aliasFlags.joined(separator: "`, `"))`."
        let formerly = spec.formerEnvironmentNames.map { " Formerly `\($0)`." }.joined()
        let cells = [
            "`\(spec.flag)`", "`\(spec.environmentName)`", value, values,
            spec.help + (spec.emptyMeaning.map { " Empty: \($0)." } ?? "") + (spec.isSecret ? " Secret." : "")
                + aliases + formerly,
        ]
        return "| "
            + cells.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }.joined(
                separator: " | ") + " |\n"
    }
}

extension SettingSpec {
    fileprivate var aliasFlags: [String] { aliases.map { $0.count == 1 ? "-\($0)" : "--\($0)" } }
}
