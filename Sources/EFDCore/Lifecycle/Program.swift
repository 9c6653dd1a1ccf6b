import CPosix
import Glibc

/// The context that a program's code runs with.
public struct ProgramContext: Sendable {
    public let settings: Settings
    public let scope: Scope

    public init(settings: Settings, scope: Scope) { (self.settings, self.scope) = (settings, scope) }

    public var log: Log { scope.log }
    public var metrics: Metrics { scope.metrics }
    public var health: Health { scope.health }
    /// Stops at SIGTERM or SIGINT.
    public var stop: StopToken { scope.stop }
}

/// Start and end of every program: settings, help, log, signals, exit code.
public enum Program {
    /// Runs `body` and exits: 0 when it returns, 1 when it throws, 2 when the settings are invalid.
    ///
    /// `check` validates settings together (files that must parse, values that exclude each other) without touching the
    /// network. `commands` are the subcommands of the program, selected by the first argument.
    public static func run(
        _ table: SettingsTable, arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        commands: [Command] = [],
        check: (Settings) throws(EFDError) -> Void = { _ in }, body: (ProgramContext) throws(EFDError) -> Void
    ) -> Never {
        if let command = commands.first(where: { $0.name == arguments.first }) {
            command.run(Array(arguments.dropFirst()))
        }
        Signals.block()
        posix_bound_heap()
        let settings = parse(table, arguments, commands, check)
        let log = log(settings)
        for variable in settings.misspeltVariables {
            log.warning(
                "an environment variable is almost a setting's name",
                ["variable": .text(variable.name), "setting": .text(variable.near)])
        }
        let context = ProgramContext(settings: settings, scope: Scope(program: table.program, log: log))
        context.metrics.gauge(
            "efd_build_info", "Constant 1, labelled with the program and its version.",
            ["program": table.program, "version": BuildInfo.version]
        ).set(1)
        Signals.watch(context.stop, drainSeconds: settings[CommonSettings.shutdownTimeout], log: log)
        do throws(EFDError) {
            try body(context)
        } catch {
            log.error("\(table.program) failed", error)
            log.writeRepeats()
            leave(1)
        }
        log.writeRepeats()
        leave(0)
    }

    /// Runs the command that the first argument names: `efd broker …`.
    public static func run(
        _ program: String, summary: String, arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        commands: [Command]
    ) -> Never {
        if let command = commands.first(where: { $0.name == arguments.first }) {
            command.run(Array(arguments.dropFirst()))
        }
        let help =
            "\(program): \(summary)\n\nUsage: \(program) COMMAND [--setting VALUE …]\n" + list(commands, of: program)
        switch arguments.first {
        case "--help", "-h", "help": finish(help)
        case "--version": finish("\(program) \(BuildInfo.version)\n")
        case nil: refuse(help)
        case .some(let name):
            refuse(
                "\(program): the command '\(name)' is unknown. "
                    + "\(NearestNames.hint(name, among: commands.map(\.name)))\n\n\(help)"
            )
        }
    }

    public struct Command {
        public let name: String
        public let summary: String
        let run: ([String]) -> Never

        public init(_ name: String, summary: String, run: @escaping ([String]) -> Never) {
            self.name = name
            self.summary = summary
            self.run = run
        }
    }

    static func list(_ commands: [Command], of program: String) -> String {
        if commands.isEmpty { return "" }
        let lines = commands.map { "  \($0.name.padded(to: 12))\($0.summary)\n" }.joined()
        return "\nCommands:\n\(lines)\n\(program) COMMAND --help shows a command's settings.\n"
    }

    private static func log(_ settings: Settings) -> Log {
        let format: LogWriter.Format? =
            switch settings[CommonSettings.logFormat] {
            case .auto: nil
            case .text: .text
            case .json: .json
            }
        let level: Log.Level =
            switch settings[CommonSettings.logLevel] {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        return Log(level: level, writer: .standardError(format: format))
    }

    /// Prints the requested text instead of running.
    public static func write(_ text: String) { write(text, to: 1) }

    static func finish(_ text: String) -> Never {
        write(text, to: 1)
        leave(0)
    }

    static func refuse(_ text: String) -> Never {
        write(text, to: 2)
        leave(2)
    }

    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Skips C's exit handlers: threads of libraries may still run.
    static func leave(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
