import EFDCore
import EFDKafka

/// `efd-bench await`: returns when a topic has a number of records, so that benchmarks see progress without asking the
/// copier.
enum AwaitCommand {
    private static let topic = Setting<String>.text(
        "topic", "TOPIC", default: nil, help: "Topic to watch; it need not exist yet.")
    private static let count = Setting<Int>.integer(
        "count", default: 1, in: 1...1_000_000_000, help: "Records to wait for.")
    private static let patience = Setting<Double>.duration(
        "patience", default: "10m", from: "1s", to: "1d", help: "Maximum wait.")

    static let table = SettingsTable.process(
        "efd-bench await", summary: "Waits until a topic has a number of records.",
        sections: [.init("Measure", [topic.spec, count.spec, patience.spec]), KafkaSettings.standard.section],
        examples: ["efd-bench await --topic lsst.sal.Bench.record --count 1000000"])

    static var command: Program.Command {
        Program.Command("await", summary: "Waits until a topic has a number of records.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let admin = try KafkaAdmin(try KafkaSettings.standard.properties(settings))
        let deadline = MonotonicClock.seconds() + settings[patience]
        while !context.stop.isStopped {
            var records: Int64 = 0
            if let description = try admin.describe(topic: settings[topic]) {
                for partition in description.partitions {
                    records += Int64(try admin.watermarks(TopicPartition(settings[topic], partition.id)).count)
                }
            }
            if records >= Int64(settings[count]) { return }
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(
                    .benchFailed,
                    "\(settings[topic]) has \(records) of \(settings[count]) records after "
                        + "\(Int(settings[patience])) s"
                )
            }
            context.stop.wait(seconds: 0.05)
        }
    }
}
