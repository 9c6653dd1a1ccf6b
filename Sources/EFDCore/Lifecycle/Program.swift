import CPosix
import Glibc

/// The context that a program's code runs with.
public struct ProgramContext: Sendable {
    public let settings: Settings
    public let scope: Scope

    public init(settings: Settings, scope: Scope, shutdown: Shutdown = Shutdown(.drain)) {
        (self.settings, self.scope, self.shutdown) = (settings, scope, shutdown)
    }

    public var log: Log { scope.log }
    public var metrics: Metrics { scope.metrics }
    public var health: Health { scope.health }
    /// Stops at SIGTERM or SIGINT.
    public var stop: StopToken { scope.stop }
    /// What that stop waits for.
    public let shutdown: Shutdown
}

/// Start and end of every program: settings, help, log, signals, exit code.
public enum Program {
    /// Who reads what the process says.
    public enum Kind: Sendable {
        /// Runs until it is stopped: its log is JSON lines unless a terminal shows it.
        case service
        /// Does one thing and ends: says in plain text what failed, as cron mails it.
        case command
    }

    /// Runs `body` and exits: 0 when it returns, 1 when it throws, 2 when the settings are invalid.
    ///
    /// `check` validates settings together (files that must parse, values that exclude each other) without touching the
    /// network. `commands` are the subcommands of the program, selected by the first argument.
    public static func run(
        _ table: SettingsTable, as kind: Kind = .service,
        arguments: [String] = Array(CommandLine.arguments.dropFirst()), commands: [Command] = [],
        check: (Settings) throws(EFDError) -> Void = { _ in }, body: (ProgramContext) throws(EFDError) -> Void
    ) -> Never {
        openStandardFiles()
        let arguments = Words.flags(arguments, commands)
        dispatch(arguments, commands)
        Signals.block()
        posix_bound_heap()
        let settings = parse(table, arguments, commands, check)
        let log = log(settings, kind)
        for variable in settings.misspeltVariables {
            log.warning(
                "an environment variable is almost a setting's name",
                ["variable": .text(variable.name), "setting": .text(variable.near)])
        }
        let shutdown = Shutdown(kind == .service ? .drain : .abandon)
        let context = ProgramContext(
            settings: settings, scope: Scope(program: table.program, log: log), shutdown: shutdown)
        context.metrics.gauge(
            "efd_build_info", "Constant 1, labelled with the program and its version.",
            ["program": table.program, "version": BuildInfo.version]
        ).set(1)
        Signals.watch(
            context.stop, shutdown: shutdown, drainSeconds: settings[CommonSettings.shutdownTimeout], program: kind,
            log: log)
        do throws(EFDError) {
            try body(context)
        } catch {
            log.writeRepeats()
            if kind == .command, settings[CommonSettings.logFormat] != .json {
                write("\(table.program): \(error)\n", to: 2)
            } else {
                log.error("\(table.program) failed", error)
            }
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
        openStandardFiles()
        let arguments = Words.flags(arguments, commands)
        dispatch(arguments, commands)
        let help =
            "\(program): \(summary)\n\nUsage: \(program) COMMAND [--setting VALUE …]\n" + list(commands, of: program)
        switch arguments.first {
        case "--help", "-h": finish(help)
        case "--version", "-V": finish("\(program) \(BuildInfo.version)\n")
        case nil: refuse(help)
        case .some(let name):
            let hint = Words.hint(arguments, commands.map(\.name), of: program)
            refuse(
                "\(program): the command '\(name)' is unknown.\(hint.isEmpty ? "" : " \(hint)")\n"
                    + (hint.isEmpty ? "\n\(help)" : "See \(program) --help for all commands.\n"))
        }
    }

    /// Runs the command that the first argument names.
    private static func dispatch(_ arguments: [String], _ commands: [Command]) {
        if let command = commands.first(where: { $0.name == arguments.first }) {
            command.run(Array(arguments.dropFirst()))
        }
    }

    /// A closed standard file would otherwise be the first file or socket that the process opens.
    private static func openStandardFiles() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
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

    private static func log(_ settings: Settings, _ kind: Kind) -> Log {
        let format: LogWriter.Format? =
            switch settings[CommonSettings.logFormat] {
            case .auto: kind == .command ? .text : nil
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

    /// Prints to standard output. Ends the process with 1 if that fails: lost output is a failure.
    public static func write(_ text: String) {
        if write(text, to: 1) { return }
        let reason = String(cString: strerror(errno))
        write(
            "\(CommandLine.arguments[0].split(separator: "/").last ?? ""): cannot write the output: \(reason)\n", to: 2)
        leave(1)
    }

    static func finish(_ text: String) -> Never {
        write(text)
        leave(0)
    }

    static func refuse(_ text: String) -> Never {
        write(text, to: 2)
        leave(2)
    }

    /// False with `errno` if the descriptor does not take all of the text.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, -1)
                continue
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Skips C's exit handlers: threads of libraries may still run.
    static func leave(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
