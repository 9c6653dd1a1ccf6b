import EFDCore
import EFDInflux
import EFDSink

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    SinkProgram.run(InfluxService.plugin)
}
