/// Several faults of one command line, environment or file, told together.
public struct SettingsErrors: Error, Sendable, CustomStringConvertible {
    public let errors: [EFDError]
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

extension Settings {
    /// Reads the settings with the precedence flag, environment, file, default. Touches no network; reports every fault
    /// at once.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - readFile: gives a file's bytes, or throws what kept it from doing so.
    public static func parse(
        _ table: SettingsTable, arguments: [String], environment: [String: String],
        readFile: (String) throws(EFDError) -> [UInt8]
    ) throws(SettingsErrors) -> Settings {
        var reader = SettingsReader(table: table)
        reader.readArguments(arguments)
        reader.readEnvironment(environment, readFile)
        reader.readConfigFile(readFile)
        return try reader.finish()
    }
}

/// Gathers the texts of the settings source by source; the first source that names a setting wins.
private struct SettingsReader {
    private let table: SettingsTable
    private var found: [String: (texts: [String], source: Settings.Source)] = [:]
    private var secretFiles: [String: (path: String, source: Settings.Source)] = [:]
    private var positional: [String] = []
    private var errors: [EFDError] = []

    init(table: SettingsTable) { self.table = table }

    // MARK: Flags

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
        if table.positional == nil, let first = positional.first {
            refuse("'\(first)' is not expected: \(table.program) takes flags only", "See \(table.program) --help.")
        }
    }

    private mutating func readFlag(_ argument: String, _ rest: inout ArraySlice<String>) {
        let body = argument.drop { $0 == "-" }
        let name = String(body.prefix { $0 != "=" })
        let inline = body.contains("=") ? String(body.dropFirst(name.count + 1)) : nil
        if let (spec, text) = toggle(name) {
            add(spec, inline ?? text, .flag("--\(name)"))
            return
        }
        let secret = name.hasSuffix("-file") ? table.spec(named: String(name.dropLast(5))) : nil
        guard let spec = table.spec(named: name) ?? secret.flatMap({ $0.isSecret ? $0 : nil }) else {
            let hint = NearestNames.hint(name, among: table.settings.flatMap { [$0.name] + $0.aliases })
            refuse("the flag --\(name) is unknown", hint.isEmpty ? "See \(table.program) --help." : hint)
            return
        }
        guard let text = inline ?? rest.popFirst() else {
            refuse("--\(name) needs a value: --\(name) \(spec.placeholder ?? "")")
            return
        }
        if table.spec(named: name) == nil {
            secretFiles[spec.name] = (text, .flag("--\(name)"))
        } else {
            add(spec, text, .flag("--\(name)"))
        }
    }

    /// `--name` and `--no-name` of a switch.
    private func toggle(_ name: String) -> (SettingSpec, String)? {
        if let spec = table.spec(named: name) { return spec.placeholder == nil ? (spec, "true") : nil }
        guard name.hasPrefix("no-"), let spec = table.spec(named: String(name.dropFirst(3))), spec.placeholder == nil
        else { return nil }
        return (spec, "false")
    }

    private mutating func add(_ spec: SettingSpec, _ text: String, _ source: Settings.Source) {
        let known = spec.isRepeatable ? found[spec.name]?.texts ?? [] : []
        found[spec.name] = (known + [text], source)
    }

    // MARK: Environment and secret files

    mutating func readEnvironment(_ environment: [String: String], _ readFile: (String) throws(EFDError) -> [UInt8]) {
        for spec in table.settings where found[spec.name] == nil {
            if let file = secretFiles[spec.name] {
                readSecret(spec, file.path, file.source, readFile)
            } else if let text = environment[spec.environmentName] {
                found[spec.name] = ([text], .environment(spec.environmentName))
            } else if spec.isSecret, let path = environment[spec.environmentName + "_FILE"] {
                readSecret(spec, path, .environment(spec.environmentName + "_FILE"), readFile)
            }
        }
    }

    private mutating func readSecret(
        _ spec: SettingSpec, _ path: String, _ source: Settings.Source, _ readFile: (String) throws(EFDError) -> [UInt8]
    ) {
        do throws(EFDError) {
            found[spec.name] = ([String(decoding: try readFile(path), as: UTF8.self).trimmed], source)
        } catch {
            errors.append(error.during("the secret \(spec.name) from \(source)"))
        }
    }

    // MARK: File

    mutating func readConfigFile(_ readFile: (String) throws(EFDError) -> [UInt8]) {
        guard let path = found[CommonSettings.config.spec.name]?.texts.last, !path.isEmpty else { return }
        do throws(EFDError) {
            let root = try YAML.parse(try readFile(path))
            guard let entries = root.entries else {
                throw EFDError("settings.fileRefused", "\(root.mark): the file must consist of `name: value` lines")
            }
            for entry in entries { readEntry(entry, path) }
        } catch {
            errors.append(error.during("configuration file \(path)"))
        }
    }

    private mutating func readEntry(_ entry: YAML.Entry, _ path: String) {
        guard let spec = table.spec(named: entry.key) else {
            let hint = NearestNames.hint(entry.key, among: table.settings.map(\.name))
            refuse(
                "\(path), \(entry.mark): the setting '\(entry.key)' is unknown",
                hint.isEmpty ? "See \(table.program) --help for all names." : hint)
            return
        }
        guard found[spec.name] == nil, !entry.value.isNull else { return }
        let source = Settings.Source.file(path, line: entry.mark.line)
        switch entry.value {
        case .scalar(let text, _, _): found[spec.name] = ([text], source)
        case .sequence(let elements, _) where spec.isRepeatable && elements.allSatisfy({ $0.text != nil }):
            found[spec.name] = (elements.compactMap(\.text), source)
        case .mapping(let pairs, _) where spec.isRepeatable && pairs.allSatisfy({ $0.value.text != nil }):
            found[spec.name] = (pairs.map { "\($0.key)=\($0.value.text ?? "")" }, source)
        default:
            refuse(
                "\(path), \(entry.mark): the setting '\(entry.key)' takes "
                    + "\(spec.isRepeatable ? "a list of values" : "one value")"
            )
        }
    }

    // MARK: Values

    mutating func finish() throws(SettingsErrors) -> Settings {
        var entries: [String: Settings.Entry] = [:]
        // Help must not ask for anything first.
        let asksForHelp = ["help", "version"].contains { found[$0]?.texts.last == "true" }
        for spec in table.settings {
            let given = found[spec.name]
            let texts = given?.texts ?? spec.defaultText.map { [$0] } ?? []
            if spec.isRequired && texts.isEmpty {
                refuse(
                    "\(spec.flag) is required: \(spec.help)",
                    "Give \(spec.flag) \(spec.placeholder ?? ""), or set \(spec.environmentName).")
                continue
            }
            do throws(EFDError) {
                entries[spec.name] = .init(
                    texts: texts, source: given?.source ?? .defaultValue, value: try spec.convert(texts))
            } catch {
                let shown = spec.isSecret ? EFDError(error.code, "the value is refused") : error
                errors.append(shown.during("\(spec.flag) (\(given?.source ?? .defaultValue))"))
            }
        }
        if !errors.isEmpty && !asksForHelp { throw SettingsErrors(errors: errors) }
        return Settings(table: table, positional: positional, entries: entries)
    }

    private mutating func refuse(_ message: String, _ remedy: String = "") {
        errors.append(EFDError("settings.refused", message, remedy: remedy))
    }
}
