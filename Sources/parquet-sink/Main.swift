import EFDCore
import EFDParquet
import EFDSink

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    SinkProgram.run(ParquetService.plugin, commands: [VerifyCommand.command, CompactCommand.command])
}
