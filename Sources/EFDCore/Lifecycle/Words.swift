/// The words that people type before they know a program: `help`, `version`, a misspelt command.
enum Words {
    /// `help` and `version` as flags; `help COMMAND` as `COMMAND --help`.
    static func flags(_ arguments: [String], _ commands: [Program.Command]) -> [String] {
        flags(arguments, commands.map(\.name))
    }

    static func flags(_ arguments: [String], _ commands: [String]) -> [String] {
        switch (arguments.first, arguments.count) {
        case ("help", 1), ("-?", 1): return ["--help"]
        case ("version", 1): return ["--version"]
        case ("help", 2) where commands.contains(arguments[1]): return [arguments[1], "--help"]
        case ("help", 2) where !commands.isEmpty: return Array(arguments.dropFirst())
        default: break
        }
        if arguments.count == 2, commands.contains(arguments[0]), arguments[1] == "help" {
            return [arguments[0], "--help"]
        }
        return arguments
    }

    /// `Did you mean efd top?`, or nothing. A flag before the command is not misspelt.
    static func hint(_ arguments: [String], _ commands: [String], of program: String) -> String {
        if arguments.first?.hasPrefix("-") == true {
            guard let command = arguments.first(where: commands.contains) else { return "" }
            return "Write the command first: \(program) \(command) …"
        }
        let near = NearestNames.of(arguments.first ?? "", among: commands)
        return near.isEmpty ? "" : "Did you mean \(near.map { "\(program) \($0)" }.joined(separator: ", "))?"
    }
}
