import EFDCore
import EFDHTTP
import EFDInflux

/// `efd audit`: compares the sent with the stored samples, topic by topic.
public enum AuditCommand {
    static let sent = Setting<String>.file(
        "sent", default: nil, help: "Report of efd simulate: JSON with the number of samples sent of each Kafka topic.")
    static let forwarded = Setting<[String]>.urls(
        "forwarded",
        help: "URL of a salkafka-producer with --metrics-by-topic, to include its forwarded records.")
    static let field = Setting<String>.text(
        "count-field", "FIELD", default: "private_sndStamp", help: "Field that every stored point has.")
    static let patience = Setting<Double>.duration(
        "wait", default: "0s", from: "0s", to: "1d", help: "How long to wait for the counts to become equal.")

    public static let table = SettingsTable.process(
        "efd audit", summary: "Compares the sent samples with the points in InfluxDB; exits with 1 if they differ.",
        sections: [
            .init("Counts to compare", [sent.spec, forwarded.spec, field.spec, patience.spec]),
            InfluxSettings.querySection,
        ],
        examples: [
            "efd audit --sent report.json --forwarded http://127.0.0.1:9101 --influxdb-url http://127.0.0.1:8086 "
                + "--wait 30s"
        ])

    public static var command: Program.Command {
        Program.Command("audit", summary: "Compares the sent samples with the points in InfluxDB.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    /// Validates all settings that a start needs, without touching the network.
    static func check(_ settings: Settings) throws(EFDError) {
        _ = try InfluxTarget(querying: settings, stop: StopToken())
        _ = try SimulationReport(path: settings[sent])
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let report = try SimulationReport(path: settings[sent])
        let target = try InfluxTarget(querying: settings, stop: context.stop)
        let deadline = MonotonicClock.seconds() + settings[patience]
        var audit = try look(report, settings, target)
        while !audit.isEqual, MonotonicClock.seconds() < deadline, !context.stop.wait(seconds: 0.5) {
            audit = try look(report, settings, target)
        }
        Program.write(audit.table + report.remark)
        guard audit.isEqual else {
            throw EFDError(
                .auditCountsDiffer, "the numbers of sent and stored samples differ",
                remedy: "The table names the topics; see dead letters, lost samples and lag.")
        }
    }

    private static func look(_ report: SimulationReport, _ settings: Settings, _ target: InfluxTarget)
        throws(EFDError) -> Audit
    {
        var forwarded: [String: Int]?
        for address in settings[Self.forwarded] {
            let text = try HTTPClient().request(.get, try HTTPURL(address).appending("metrics")).text
            let counts = MetricsSnapshot(parsing: text).values("efd_records_forwarded_total", by: "topic").mapValues {
                Int($0)
            }
            forwarded = (forwarded ?? [:]).merging(counts, uniquingKeysWith: +)
        }
        // 2.x may have no policy of the default's name.
        let policy = target.retentionPolicy == "autogen" ? nil : target.retentionPolicy
        var stored: [String: Int] = [:]
        for topic in report.sent.keys {
            stored[topic] = try target.query.count(
                settings[field], in: topic, database: target.database, policy: policy, times: report.times)
        }
        return Audit(sent: report.sent, forwarded: forwarded, stored: stored)
    }
}

/// What `efd simulate --report` wrote.
struct SimulationReport {
    /// Samples by Kafka topic.
    let sent: [String: Int]
    /// Of the samples, in nanoseconds since 1970; nil: the report has no times.
    let times: ClosedRange<Int64>?

    /// Event times are doubles: seconds since 1970 to about 0.2 µs.
    private static let margin: Int64 = 1_000_000

    init(path: String) throws(EFDError) {
        let report: JSON
        let bytes = try Files.read(path)
        do throws(EFDError) { report = try JSON.parse(bytes) } catch { throw error.during(path) }
        guard let topics = report["topics"]?.members else {
            throw EFDError(
                .auditReportUnreadable, "\(path) has no 'topics'",
                remedy: "Give the file that efd simulate --report wrote.")
        }
        let counts = topics.entries.map { ($0.key, Int($0.value.integer ?? $0.value["sent"]?.integer ?? 0)) }
        sent = Dictionary(uniqueKeysWithValues: counts)
        guard !sent.isEmpty else {
            throw EFDError(
                .auditReportUnreadable, "\(path) names no topic: there is nothing to compare",
                remedy: "Give the report of a simulation that sent samples.")
        }
        let bounds = ["from", "to"].compactMap { report[$0]?.string.flatMap(Timestamp.nanoseconds) }
        times = bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0] - Self.margin...bounds[1] + Self.margin : nil
    }

    /// Which points the table counts.
    var remark: String {
        guard let times else {
            return "The report has no times: all points of the database are counted, also those of other runs.\n"
        }
        return "Points from \(Timestamp.text(nanoseconds: times.lowerBound)) to "
            + "\(Timestamp.text(nanoseconds: times.upperBound)).\n"
    }
}

/// The counts of each topic at each stage.
struct Audit: Sendable, Equatable {
    let sent: [String: Int]
    /// Since the producers' start, so possibly more than were sent; nil: not requested.
    let forwarded: [String: Int]?
    let stored: [String: Int]

    var isEqual: Bool {
        sent.allSatisfy { topic, count in
            stored[topic] == count && (forwarded == nil || forwarded?[topic] ?? 0 >= count)
        }
    }

    var table: String {
        var table = TextTable(["TOPIC", "SENT", "FORWARDED", "IN INFLUXDB", ""], left: [4])
        for topic in sent.keys.sorted() {
            let counts = [sent[topic] ?? 0, forwarded?[topic] ?? (forwarded == nil ? -1 : 0), stored[topic] ?? 0]
            let isEqual = counts[2] == counts[0] && (counts[1] >= counts[0] || counts[1] < 0)
            table.add([topic] + counts.map { $0 < 0 ? "-" : String($0) } + [isEqual ? "equal" : "DIFFERS"])
        }
        let totals = [sent.values.reduce(0, +), forwarded?.values.reduce(0, +) ?? -1, stored.values.reduce(0, +)]
        table.add(
            ["\(sent.count) topics"] + totals.map { $0 < 0 ? "-" : String($0) } + [isEqual ? "all equal" : "NOT EQUAL"])
        return table.text
    }
}
