import EFDCore
import EFDKafka

/// `efd-bench topics`: creates thousands of topics in seconds, by requests that name many.
enum TopicsCommand {
    private static let atOnce = 200
    /// Seconds until all topics must have a leader.
    private static let patience = 120.0

    private static let busyOnly = Setting<Bool>.toggle(
        "list-busy", help: "Print the names of the topics that get records, and create none.")

    static let table = SettingsTable.process(
        "efd-bench topics", summary: "Creates many topics of one partition.",
        sections: [
            .init("Measure", [ManyTopics.count.spec, ManyTopics.busyCount.spec, busyOnly.spec]),
            KafkaSettings.standard.section,
        ],
        examples: ["efd-bench topics --topics 3188 --bootstrap-servers localhost:9092"])

    static var command: Program.Command {
        Program.Command("topics", summary: "Creates many topics of one partition.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let topics = ManyTopics(settings)
        if settings[busyOnly] {
            Program.write(topics.busy.map { $0 + "\n" }.joined())
            return
        }
        let admin = try KafkaAdmin(try KafkaSettings.standard.properties(settings), timeout: 60)
        for start in stride(from: 0, to: topics.names.count, by: atOnce) {
            let names = topics.names[start..<min(topics.names.count, start + atOnce)]
            for (_, result) in try admin.createTopics(names.map { NewTopic($0, replication: 1) }) {
                if case .failed(let error) = result { throw error }
            }
        }
        try awaitLeaders(topics.names.count, admin, context.stop)
    }

    /// Brokers answer before they have created the partitions of so many topics.
    private static func awaitLeaders(_ count: Int, _ admin: KafkaAdmin, _ stop: StopToken) throws(EFDError) {
        let deadline = MonotonicClock.seconds() + patience
        while !stop.isStopped {
            let led = try admin.describeTopics().count { topic in
                topic.name.hasPrefix(ManyTopics.prefix) && topic.partitions.contains { $0.leader >= 0 }
            }
            if led >= count { return }
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(.benchFailed, "\(led) of \(count) topics have a leader after \(Int(patience)) s")
            }
            stop.wait(seconds: 0.5)
        }
    }
}
