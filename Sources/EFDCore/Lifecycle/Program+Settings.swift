import Glibc

/// Settings of a process: reads and checks them, and prints them instead of running if requested.
extension Program {
    static func parse(
        _ table: SettingsTable, _ arguments: [String], _ commands: [Command],
        _ check: (Settings) throws(EFDError) -> Void
    ) -> Settings {
        let reading = SettingsReading(table, SettingsLayer.program(arguments), .process, commands: commands.map(\.name))
        if reading.asks(for: CommonSettings.checkConfig), reading.given["log-format"]?.texts.last == "json" {
            let answer = reading.answer(check)
            write(answer.json.prettyText + "\n")
            leave(answer.errorCount == 0 ? 0 : 2)
        }
        do {
            let settings = try reading.settings()
            if settings[CommonSettings.help] { finish(table.help + list(commands, of: table.program)) }
            if settings[CommonSettings.version] { finish("\(table.program) \(BuildInfo.version)\n") }
            if settings[CommonSettings.printSchema] { finish(table.jsonSchema.prettyText + "\n") }
            try check(settings)
            if settings[CommonSettings.printConfig] { finish(settings.yaml) }
            if settings[CommonSettings.checkConfig] {
                write(settings.misspeltVariables.map { "\(table.program): \($0)\n" }.joined(), to: 2)
                finish("\(table.program): the settings are valid\n")
            }
            return settings
        } catch let errors as SettingsErrors {
            refuse(errors.errors.map { "\(table.program): \($0)\n" }.joined())
        } catch {
            refuse("\(table.program): \(error)\n")
        }
    }
}

extension SettingsResources {
    /// The environment and the files of this process.
    public static var process: SettingsResources {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return SettingsResources(environment: found) { (path) throws(EFDError) in try Files.read(path) }
    }
}
