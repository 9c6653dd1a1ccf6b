import EFDCore
import EFDKafka

/// `efd-bench consume`: the limit of machine and librdkafka: reads a topic and discards it.
enum ConsumeCommand {
    private static let topic = Setting<String>.text(
        "topic", "TOPIC", default: nil, help: "Topic to read from its beginning.")
    private static let count = Setting<Int>.integer(
        "count", default: 1_000_000, in: 1...1_000_000_000, help: "Records to read.")

    static let table = SettingsTable.process(
        "efd-bench consume", summary: "Reads a topic and discards it.",
        sections: [.init("Measure", [topic.spec, count.spec]), KafkaSettings.standard.section],
        examples: ["efd-bench consume --topic lsst.sal.Bench.record --count 1000000"])

    static var command: Program.Command {
        Program.Command("consume", summary: "Reads a topic and discards it.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let consumer = try KafkaConsumer(
            try KafkaSettings.standard.properties(settings), group: "efd-bench-\(WallClock.nanoseconds())")
        defer { consumer.close() }
        try consumer.subscribe([settings[topic]])
        var records = 0
        var bytes = 0
        var start: Double?
        while records < settings[count], !context.stop.isStopped {
            let batch = try consumer.poll(maxMessages: 5000, waitMilliseconds: 100)
            for index in 0..<batch.count { bytes += batch[index].value?.count ?? 0 }
            records += batch.count
            if records > 0 && start == nil { start = MonotonicClock.seconds() }
        }
        let seconds = MonotonicClock.seconds() - (start ?? MonotonicClock.seconds())
        Program.write("{\"records\": \(records), \"bytes\": \(bytes), \"seconds\": \(seconds)}\n")
    }
}
