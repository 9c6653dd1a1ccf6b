import EFDCore

/// The parts of scripts/bench that a script cannot measure. For development only; not shipped.
@main
struct Main {
    static func main() { run() }
}

private func run() -> Never {
    Program.run(
        "efd-bench", summary: "Measures parts of the data flow.",
        commands: [
            HotPathCommand.command, ConsumeCommand.command, RelayCommand.command, AwaitCommand.command,
            TopicsCommand.command, SchemaCommand.command, LoadCommand.command, ArrivalsCommand.command,
        ])
}
