import EFDCore
import EFDKafka
import EFDSink

/// Records that cannot be stored.
extension Requirement {
    static let records = [
        Requirement("recordsThatCannotBeDecodedAreKept", of: [.offsets, .buffers, .affinity, .rejects]) { run in
            let topics = [try run.broker.undecodable()]
            let connector = try run.start(topics, settings: ["unknown.schema.wait": "0s"])
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.expectDeadLetters(topics[0], connector)
        },
        Requirement("rejectedRowsAreKept", .rejects) { run in
            let topics = [try run.broker.rejected(run.sink.rejectedRow)]
            let connector = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.expectDeadLetters(topics[0], connector)
        },
    ]
}

extension ConformanceRun {
    /// Every record of the topic that cannot be stored is a dead letter, byte for byte, once, and counted; no other is.
    func expectDeadLetters(_ topic: TestTopic, _ connector: ConnectorUnderTest) throws {
        let bad = topic.rows { $0 != .stored }
        try wait("\(bad.count) records are counted, \(connector.metric("efd_records_rejected_total")) are") {
            connector.metric("efd_records_rejected_total") == bad.count
        }
        let stored = connector.metric("efd_records_stored_total")
        try expect(stored == topic.rows.count, "\(stored) records are counted as stored")
        let letters = try broker.deadLetters(
            of: group, in: try broker.deadLetters(), atLeast: bad.count, seconds: Self.patience)
        try expect(letters.compactMap(\.row).sorted() == bad.sorted(), "letters of \(letters.compactMap(\.row))")
        for letter in letters {
            guard let row = letter.row else { continue }
            let record = topic.record(row)
            try expect(letter.value == record.value, "the letter of \(row) has another value")
            try expect(letter.key == TestRecord.key, "the letter of \(row) has another key")
            let code = letter.header("exception.class.name") ?? ""
            let stage = letter.header("stage")
            switch record.fate {
            case .undecodable(let expected):
                try expect(code == expected && stage == "VALUE_CONVERTER", "\(row): \(code) at \(stage ?? "")")
            case .rejected, .stored: try expect(!code.isEmpty && stage == "TASK_PUT", "\(row): \(stage ?? "")")
            }
        }
    }

    /// The name of the sink's condition in readiness.
    func sinkName() throws -> String {
        let plugin = destination.plugin
        let layer = SettingsLayer.connector(JSON.Members(destination.settings), source: "the suite")
        let settings = try Settings.parse(plugin.connectorTable, layers: [layer], resources: .process)
        let scope = Scope(program: plugin.name)
        let resources = ConnectorHost.Resources(scope)
        defer { resources.close() }
        return try plugin.make(settings, scope, resources).name
    }
}
