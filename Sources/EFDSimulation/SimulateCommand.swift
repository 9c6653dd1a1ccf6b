import EFDCore
import EFDDDS
import EFDKafka
import EFDRegistry
import EFDSAL

/// `efd simulate`: simulated controllers.
public enum SimulateCommand {
    public static var table: SettingsTable { SimulateSettings.table }

    public static var command: Program.Command {
        Program.Command("simulate", summary: "Publishes plausible samples of SAL components, to DDS or Kafka.") {
            arguments in
            Program.run(
                table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let sender: any SampleSender =
            settings[SimulateSettings.destination] == .dds ? try DDSSender(settings) : try KafkaSender(context)
        var simulation = try Simulation(try components(settings), settings)
        try sender.open(simulation.topics)
        guard !context.stop.isStopped else {
            throw EFDError(.simulateStopped, "stopped before the first sample was sent")
        }
        context.shutdown.set(.drain)
        let lonely = sender.waitForReaders(seconds: settings[SimulateSettings.waitForReader], stop: context.stop)
        if lonely > 0 {
            context.log.warning(
                "some topics have no reader; their samples are sent anyway", ["streams": .integer(lonely)])
        }
        context.log.info(
            "simulating", ["topics": .integer(simulation.sent.count), "streams": .integer(simulation.topics.count)])
        let start = MonotonicClock.seconds()
        try simulation.run(to: sender, stop: context.stop) { total in
            context.log.debug("sent", ["samples": .integer(total)])
        }
        let seconds = MonotonicClock.seconds() - start
        let lost = sender.finish()
        if lost > 0 { context.log.error("samples were not received by all readers", ["count": .integer(lost)]) }
        context.log.info(
            "simulation ended",
            ["samples": .integer(simulation.total), "seconds": .real((seconds * 1000).rounded() / 1000)])
        guard let path = settings[SimulateSettings.report] else { return }
        let topics = simulation.sent.sorted { $0.key < $1.key }.map {
            (key: $0.key, value: JSON.integer(Int64($0.value)))
        }
        var report: JSON.Members = ["seconds": .real(seconds), "samples": .integer(Int64(simulation.total))]
        if let times = simulation.times {
            // efd audit counts the points from the first to the last.
            for (key, time) in [("from", times.lowerBound), ("to", times.upperBound)] {
                report[key] = .string(Timestamp.text(microseconds: Int64((time * 1e6).rounded())))
            }
        }
        report["topics"] = .object(JSON.Members(topics))
        try Files.write(Array((JSON.object(report).prettyText + "\n").utf8), to: path)
    }

    /// Validates all settings that a start needs, without touching the network.
    static func check(_ settings: Settings) throws(EFDError) {
        _ = try Simulation(try components(settings), settings)
        guard settings[SimulateSettings.destination] == .kafka else {
            _ = try DDSSettings.configuration(settings)
            return
        }
        try KafkaSettings.standard.check(settings, for: [.producing])
        try RegistrySettings.standard.check(settings)
    }

    private static func components(_ settings: Settings) throws(EFDError) -> [SALComponent] {
        guard !settings.positional.isEmpty else {
            throw EFDError(.simulateNothingToSend, "no component is given", remedy: "Name at least one.")
        }
        let folder = settings[SimulateSettings.idlDirectory]
        var components: [SALComponent] = []
        for name in settings.positional { components.append(try SALComponent.read(name, from: folder)) }
        return components
    }
}
