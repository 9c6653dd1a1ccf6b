import EFDCore
import EFDProducer

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    Program.run(ProducerSettings.table, check: ProducerService.check, body: ProducerService.run)
}
