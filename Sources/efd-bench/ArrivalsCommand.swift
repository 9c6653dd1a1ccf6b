import EFDCore
import EFDKafka

/// `efd-bench arrivals`: the age of the busy topics' records when a consumer gets them, by their timestamps.
enum ArrivalsCommand {
    private static let length = Setting<Double>.duration(
        "length", default: "20s", from: "1s", to: "1d", help: "Duration of the measurement.")

    static let table = SettingsTable.process(
        "efd-bench arrivals", summary: "Reads the busy topics and prints the age of their records.",
        sections: [
            .init("Measure", [ManyTopics.count.spec, ManyTopics.busyCount.spec, length.spec]),
            KafkaSettings.standard.section,
        ],
        examples: ["efd-bench arrivals --topics 3188 --length 20s --kafka-property isolation.level=read_uncommitted"])

    static var command: Program.Command {
        Program.Command("arrivals", summary: "Reads the busy topics and prints the age of their records.") {
            arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let consumer = try KafkaConsumer(
            try KafkaSettings.standard.properties(settings), group: "efd-bench-\(WallClock.nanoseconds())")
        defer { consumer.close() }
        try consumer.incrementalAssign(
            ManyTopics(settings).busy.map { PartitionOffset(TopicPartition($0, 0), PartitionOffset.end) })
        var ages: [Double] = []
        let deadline = MonotonicClock.seconds() + settings[length]
        while MonotonicClock.seconds() < deadline, !context.stop.isStopped {
            let batch = try consumer.poll(maxMessages: 1000, waitMilliseconds: 100)
            let now = Double(WallClock.nanoseconds()) / 1e6
            for index in 0..<batch.count { if let stamp = batch[index].timestamp { ages.append(now - Double(stamp)) } }
        }
        guard !ages.isEmpty else { throw EFDError(.benchFailed, "no record arrived in \(Int(settings[length])) s") }
        ages.sort()
        let (median, tail) = (quantile(0.5, ages), quantile(0.99, ages))
        Program.write("{\"records\": \(ages.count), \"p50_ms\": \(median), \"p99_ms\": \(tail)}\n")
    }

    /// The value under which `fraction` of the sorted values lie.
    private static func quantile(_ fraction: Double, _ sorted: [Double]) -> Double {
        sorted[min(sorted.count - 1, Int(fraction * Double(sorted.count)))]
    }
}
