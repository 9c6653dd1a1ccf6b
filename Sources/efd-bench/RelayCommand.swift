import EFDCore
import EFDKafka

/// `efd-bench relay`: the limit of librdkafka: reads a topic and produces its records to another cluster, without
/// transactions, progress or schemas.
enum RelayCommand {
    private static let source = KafkaSettings(prefix: "source", title: "Source Kafka")
    private static let target = KafkaSettings(prefix: "target", title: "Target Kafka")
    private static let topic = Setting<String>.text(
        "topic", "TOPIC", default: nil, help: "Topic to read from its beginning.")
    private static let copy = Setting<String>.text(
        "to", "TOPIC", default: nil, help: "Topic to produce to, with as many partitions.")
    private static let partitions = Setting<Int>.integer(
        "partitions", default: 1, in: 1...1000, help: "Partitions of both.")
    private static let count = Setting<Int>.integer(
        "count", default: 1_000_000, in: 1...1_000_000_000, help: "Records to copy.")

    static let table = SettingsTable.process(
        "efd-bench relay", summary: "Copies a topic to another cluster with plain librdkafka.",
        sections: [
            .init("Measure", [topic.spec, copy.spec, partitions.spec, count.spec]), source.section, target.section,
        ],
        examples: [
            "efd-bench relay --topic lsst.sal.Bench.record --to copy --source-bootstrap-servers a:9092 "
                + "--target-bootstrap-servers b:9092"
        ])

    static var command: Program.Command {
        Program.Command("relay", summary: "Copies a topic to another cluster with plain librdkafka.") {
            arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let consumer = try KafkaConsumer(try source.properties(settings), group: "efd-bench-\(WallClock.nanoseconds())")
        let producer = try RelayProducer(try target.properties(settings), transactionalID: nil)
        var routes: [RelayRoute] = []
        for partition in 0..<Int32(settings[partitions]) {
            routes.append(producer.route(to: settings[copy], partition))
        }
        try consumer.incrementalAssign(
            routes.indices.map {
                PartitionOffset(TopicPartition(settings[topic], Int32($0)), PartitionOffset.beginning)
            })
        var records = 0
        var start = 0.0
        while records < settings[count], !context.stop.isStopped {
            let batch = try consumer.poll(maxMessages: 2000, waitMilliseconds: 100)
            if records == 0 && batch.count > 0 { start = MonotonicClock.seconds() }
            for run in batch.runs {
                var rest = run.messages
                while !rest.isEmpty {
                    let (taken, _, _, end) = producer.forward(batch, rest, routes[Int(run.partition)])
                    rest = rest.lowerBound + taken..<rest.upperBound
                    if case .refused(let error) = end { throw error }
                    if end == .full { producer.poll(milliseconds: 5) }
                }
            }
            records += batch.count
            producer.poll()
        }
        guard producer.flush(seconds: 60) else {
            throw EFDError(.benchFailed, "the copies were not acknowledged in 60 s")
        }
        let seconds = MonotonicClock.seconds() - start
        consumer.close()
        Program.write("{\"records\": \(records), \"seconds\": \(seconds)}\n")
    }
}
