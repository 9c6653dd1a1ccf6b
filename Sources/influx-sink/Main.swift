import EFDCore
import EFDInflux

@main
struct Main {
    static func main() { run() }
}

/// Outside of `Main`, whose `main` belongs to the main actor and would hand that on to every closure.
private func run() -> Never {
    Program.run(InfluxService.table, check: InfluxService.check, body: InfluxService.run)
}
