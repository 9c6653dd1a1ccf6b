import EFDCore
import EFDParquet

@main
struct Main {
    static func main() { run() }
}

/// Outside of `Main`, whose `main` belongs to the main actor and would hand that on to every closure.
private func run() -> Never {
    Program.run(
        ParquetService.table, commands: [VerifyCommand.command, CompactCommand.command], check: ParquetService.check,
        body: ParquetService.run)
}
