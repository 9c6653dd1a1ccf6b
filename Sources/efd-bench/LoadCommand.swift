import EFDCore
import EFDKafka

/// `efd-bench load`: records at an even rate, in turn to the busy ones of many topics.
///
/// Prints topic and timestamp of each, in µs since 1970.
enum LoadCommand {
    private static let schemaID = Setting<Int>.integer(
        "schema-id", default: 1, in: 1...Int(Int32.max), help: "Id of the schema that `efd-bench schema` prints.")
    private static let rate = Setting<Int>.integer(
        "rate", default: 1000, in: 1...100_000, help: "Records a second, over all topics.")
    private static let length = Setting<Double>.duration(
        "length", default: "20s", from: "1s", to: "1d", help: "Duration of the load.")

    static let table = SettingsTable.process(
        "efd-bench load", summary: "Produces records at an even rate to a few of many topics.",
        sections: [
            .init(
                "Measure", [ManyTopics.count.spec, ManyTopics.busyCount.spec, schemaID.spec, rate.spec, length.spec]),
            KafkaSettings.standard.section,
        ],
        examples: ["efd-bench load --topics 3188 --busy 20 --rate 1000 --length 20s --schema-id 1"])

    static var command: Program.Command {
        Program.Command("load", summary: "Produces records at an even rate to a few of many topics.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let failed = Counter()
        let producer = try KafkaProducer(try KafkaSettings.standard.properties(settings)) { reports in
            for report in reports where report.error.isError { failed.add() }
        }
        let names = ManyTopics(settings).busy
        let topics = try names.map { (name) throws(EFDError) in try producer.topic(name) }
        let outcome = Result { () throws(EFDError) in
            try send(producer, to: topics, LoadRecord(schemaID: settings[schemaID]), context)
        }
        producer.close(flushSeconds: 30)
        let stamps = try outcome.get()
        guard failed.value == 0 else { throw EFDError(.benchFailed, "\(failed.value) records were not delivered") }
        for start in stride(from: 0, to: stamps.count, by: 10_000) {
            let lines = (start..<min(stamps.count, start + 10_000)).map { "\(names[$0 % names.count]) \(stamps[$0])\n" }
            Program.write(lines.joined())
        }
    }

    /// Sends until the time is over. Returns when each record was passed to the producer.
    private static func send(
        _ producer: KafkaProducer, to topics: [KafkaTopicHandle], _ template: LoadRecord, _ context: ProgramContext
    ) throws(EFDError) -> [Int64] {
        var record = template
        let rate = Double(context.settings[rate])
        let total = Int(rate * context.settings[length])
        var stamps: [Int64] = []
        stamps.reserveCapacity(total)
        let start = MonotonicClock.seconds()
        while stamps.count < total, !context.stop.isStopped {
            let due = min(total, Int((MonotonicClock.seconds() - start) * rate) + 1)
            while stamps.count < due {
                let stamp = WallClock.nanoseconds() / 1000
                record.fill(stamp: Double(stamp) / 1e6, index: stamps.count)
                let outcome = record.bytes.withUnsafeBytes { bytes in
                    producer.produce(
                        topics[stamps.count % topics.count],
                        KafkaRecord(value: bytes, timestamp: stamp / 1000, partition: 0))
                }
                guard outcome == .queued else {
                    throw EFDError(.benchFailed, "the producer accepts no further records: \(outcome)")
                }
                stamps.append(stamp)
            }
            MonotonicClock.sleep(seconds: Double(stamps.count) / rate - (MonotonicClock.seconds() - start))
        }
        return stamps
    }
}
