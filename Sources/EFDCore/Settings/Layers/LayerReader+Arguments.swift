/// Flags: `--name value`, `--name=value`, `--name` and `--no-name` of a switch, `--name-file path` of a secret.
extension LayerReader {
    mutating func readArguments(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                positional += rest
                break
            }
            if argument.hasPrefix("-") && argument.count > 1 {
                readFlag(argument, &rest)
            } else {
                positional.append(argument)
            }
        }
        guard table.positional == nil, let first = positional.first else { return }
        if commands.isEmpty {
            refuse(nil, "'\(first)' is not expected: \(table.program) takes flags only", "See \(table.program) --help.")
        } else if first == arguments.first {
            let hint = Words.hint(arguments, commands, of: table.program)
            refuse(nil, "the command '\(first)' is unknown", hint.isEmpty ? "See \(table.program) --help." : hint)
        } else if commands.contains(first) {
            refuse(nil, "'\(first)' must come first", "Write \(table.program) \(first) --setting VALUE ….")
        } else {
            refuse(nil, "'\(first)' is not expected after flags", "See \(table.program) --help.")
        }
    }

    private mutating func readFlag(_ argument: String, _ rest: inout ArraySlice<String>) {
        let body = argument.drop { $0 == "-" }
        let name = String(body.prefix { $0 != "=" })
        let inline = body.contains("=") ? String(body.dropFirst(name.count + 1)) : nil
        if let (spec, text) = toggle(name) {
            add(spec, inline ?? text, name)
            return
        }
        let secret = name.hasSuffix("-file") ? table.spec(named: String(name.dropLast(5))) : nil
        guard let spec = table.spec(named: name) ?? secret.flatMap({ $0.isSecret ? $0 : nil }) else {
            let hint = NearestNames.hint(name, among: table.settings.flatMap { [$0.name] + $0.aliases })
            refuse(nil, "the flag --\(name) is unknown", hint.isEmpty ? "See \(table.program) --help." : hint)
            return
        }
        guard let text = inline ?? value(&rest) else {
            let next = rest.first.map { "; \($0) is a flag: write a value that begins with - as --\(name)=\($0)" }
            refuse(spec.name, "--\(name) needs a value: --\(name) \(spec.placeholder ?? "")\(next ?? "")")
            return
        }
        if table.spec(named: name) == nil {
            current[spec.name] = GivenTexts(texts: [], source: .flag("--\(name)"), file: text)
        } else {
            add(spec, text, name)
        }
    }

    /// The next argument, unless it is a flag. A negative number is none.
    private func value(_ rest: inout ArraySlice<String>) -> String? {
        guard let next = rest.first else { return nil }
        let isNumber = next.dropFirst().first.map { $0.isNumber || $0 == "." } ?? false
        return next.hasPrefix("-") && next.count > 1 && !isNumber ? nil : rest.popFirst()
    }

    /// `--name` and `--no-name` of a switch.
    private func toggle(_ name: String) -> (SettingSpec, String)? {
        if let spec = table.spec(named: name) { return spec.isToggle ? (spec, "true") : nil }
        guard name.hasPrefix("no-"), let spec = table.spec(named: String(name.dropFirst(3))), spec.isToggle
        else { return nil }
        return (spec, "false")
    }

    private mutating func add(_ spec: SettingSpec, _ text: String, _ name: String) {
        let known = spec.isRepeatable ? current[spec.name]?.texts ?? [] : []
        current[spec.name] = GivenTexts(texts: known + [text], source: .flag("--\(name)"))
    }
}
