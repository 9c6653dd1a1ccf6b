import EFDCore
import EFDReplication

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    Program.run(
        ReplicatorService.table, commands: ReplicatorService.commands, check: ReplicatorService.check,
        body: ReplicatorService.run)
}
