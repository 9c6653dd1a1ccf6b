import EFDCore
import EFDRegistryServer
import EFDSimulation
import EFDTools

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    Program.run(
        "efd", summary: "Local parts and operator's tools of the EFD data flow.",
        commands: [
            BrokerCommand.command, SimulateCommand.command, RegistryCommand.command, TopCommand.command,
            AuditCommand.command, DeadLetterCommands.command,
        ])
}
