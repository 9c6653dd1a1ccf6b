import EFDCore
import EFDKafka
import EFDSink

/// A requirement that a sink does not meet, with its connectors' output.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}

/// What a requirement works with: one sink, a destination and a consumer group of its own, the topics of a broker.
final class ConformanceRun: Sendable {
    let sink: SinkUnderTest
    let broker: ConformanceBroker
    let destination: any TestDestination
    private let id: String
    private let reader: GroupReader
    private let connectors = Locked<[ConnectorUnderTest]>([])

    /// Seconds that anything may take on a busy machine.
    static let patience = 90.0
    /// Seconds between two looks: many runs look at the same time.
    private static let look = 0.2

    init(_ sink: SinkUnderTest, _ broker: ConformanceBroker) throws {
        self.sink = sink
        self.broker = broker
        destination = try sink.makeDestination()
        id = "r" + String(UInt64.random(in: 0 ... .max), radix: 36)
        reader = try GroupReader(broker, "g-\(id)")
    }

    var capabilities: SinkCapabilities { sink.capabilities }
    var group: String { "g-\(id)" }
    /// The name of a topic of its own.
    var ownTopic: String { "lsst.sal.\(id)" }
    func revealSchema() throws { try ConformanceRegistry.shared.get().reveal(to: id) }

    // MARK: Connectors

    /// Starts a connector that reads these topics. Small batches, so that there are many.
    ///
    /// - Parameter group: the run's without it.
    func start(
        _ topics: [TestTopic], _ script: SinkScript = SinkScript(), group: String? = nil,
        settings: [String: String] = [:]
    ) throws -> ConnectorUnderTest {
        let names = topics.map { $0.name.split(separator: ".").joined(separator: #"\."#) }
        let properties = [
            // Shorter, the embedded broker removes members that store what they give away, and a real one those that
            // a busy machine delays.
            "session.timeout.ms=\(broker.isReal ? 20_000 : 6000)", "heartbeat.interval.ms=200",
            "statistics.interval.ms=0", "fetch.wait.max.ms=100",
        ]
        let common = [
            "bootstrap.servers": broker.servers, "registry.url": try ConformanceRegistry.shared.get().url(run: id),
            "group.id": group ?? self.group, "topic.regex": names.joined(separator: "|"),
            "dead.letter.topic": try broker.deadLetters(), "writers": "2", "batch.size": "7", "linger": "5ms",
            "commit.interval": "50ms", "kafka.property": properties.joined(separator: ";"),
        ]
        let all = common.merging(destination.settings) { $1 }.merging(settings) { $1 }
        let plugin = destination.plugin.watched(by: script, expecting: capabilities)
        let made = try ConnectorUnderTest(plugin, all, group: group ?? self.group, script: script)
        connectors.withLock { $0.append(made) }
        return made
    }

    /// Ends all that still runs. Throws what the connectors' calls violated.
    func finish() throws {
        let all = connectors.withLock { $0 }
        for connector in all { connector.end() }
        let violations = all.flatMap(\.script.watch.violations)
        if !violations.isEmpty { try fail("the contract was violated: \(Set(violations).sorted().prefix(8))") }
    }

    /// Whatever it waits for.
    func endAll() { for connector in connectors.withLock({ $0 }) { connector.end() } }

    // MARK: Waiting and checking

    func fail(_ what: String) throws -> Never {
        let output = connectors.withLock { $0 }.enumerated().map { index, connector in
            let trace = connector.trace.map { " \($0)" } ?? ""
            let unmet = connector.unmet.map { "\n    \($0)" }.joined()
            let lag = connector.metric("efd_consumer_lag_records")
            return """
                connector \(index): \(connector.state)\(trace), lag \(lag)\(unmet)
                \(connector.lastLines)
                """
        }
        throw ConformanceFailure(description: "\(sink): \(what)\n\(output.joined(separator: "\n"))")
    }

    func expect(_ isMet: Bool, _ what: @autoclosure () -> String) throws { if !isMet { try fail(what()) } }

    /// Waits until a condition is met. Fails at once when a connector has failed that must not.
    func wait(_ what: @autoclosure () -> String, until isMet: () throws -> Bool) throws {
        let deadline = MonotonicClock.seconds() + Self.patience
        while try !isMet() {
            if connectors.withLock({ $0 }).contains(where: \.hasFailedUnasked) {
                try fail("a connector failed: \(what())")
            }
            if MonotonicClock.seconds() > deadline { try fail("not in \(Self.patience) s: \(what())") }
            MonotonicClock.sleep(seconds: Self.look)
        }
    }

    /// What the group has committed; partitions without a commit are omitted.
    func committed(_ topics: [TestTopic]) throws -> [TopicPartition: Int64] { try reader.committed(topics) }

    func stored(_ topics: [TestTopic]) throws -> [StoredRow] { try destination.rows(of: topics.map(\.name)) }

    /// Waits until all rows of these topics are stored.
    func waitUntilStored(_ topics: [TestTopic]) throws {
        let expected = Set(topics.flatMap(\.rows))
        try wait("all rows are stored, \(((try? stored(topics)) ?? []).count) of \(expected.count) are") {
            let rows = try stored(topics)
            return rows.count >= expected.count && expected.isSubset(of: rows)
        }
    }

    /// Waits until all of these topics is committed.
    func waitUntilCommitted(_ topics: [TestTopic]) throws {
        var found: [TopicPartition: Int64] = [:]
        try wait("all is committed, not \(found)") {
            found = try self.committed(topics)
            return found == Self.ends(of: topics)
        }
    }

    func isCommitted(_ topics: [TestTopic]) throws -> Bool { try committed(topics) == Self.ends(of: topics) }

    private static func ends(of topics: [TestTopic]) -> [TopicPartition: Int64] {
        Dictionary(
            uniqueKeysWithValues: topics.flatMap { topic in
                topic.ends.filter { $0.value > 0 }.map { (TopicPartition(topic.name, $0.key), $0.value) }
            })
    }

    /// All rows of these topics are stored, in order, as often as the sink promises, and no others.
    func expectAllStored(_ topics: [TestTopic]) throws {
        let rows = try stored(topics)
        let expected = Set(topics.flatMap(\.rows))
        try expect(Set(rows) == expected, "rows differ: \(brief(Set(rows).symmetricDifference(expected)))")
        try expectOrder(rows)
    }

    /// Rows of each partition came in the order of their offsets; once where the destination keeps the offsets.
    func expectOrder(_ rows: [StoredRow]) throws {
        var seen: Set<StoredRow> = []
        let firsts = rows.filter { seen.insert($0).inserted }
        if capabilities.offsets == .destination {
            try expect(firsts.count == rows.count, "\(rows.count - firsts.count) rows are stored twice")
        }
        var last: [TopicPartition: Int64] = [:]
        for row in firsts {
            let partition = TopicPartition(row.topic, row.partition)
            if let before = last[partition], before > row.offset { try fail("\(row) is stored after offset \(before)") }
            last[partition] = row.offset
        }
    }

    /// What is stored of each partition has no gap, and what is committed is stored.
    func expectNoGap(_ topics: [TestTopic]) throws {
        let rows = Set(try stored(topics))
        let committed = try self.committed(topics)
        for topic in topics {
            for (partition, end) in topic.ends {
                let stored = topic.rows.filter { $0.partition == partition && rows.contains($0) }.map(\.offset)
                let next = (stored.max() ?? -1) + 1
                let all = topic.rows.filter { $0.partition == partition && $0.offset < next }.count
                try expect(all == stored.count, "\(topic.name)[\(partition)]: \(all - stored.count) rows are missing")
                let offset = committed[TopicPartition(topic.name, partition)] ?? 0
                try expect(
                    offset <= next || offset == end && next == end,
                    "\(topic.name)[\(partition)]: \(offset) is committed, stored up to \(next)")
            }
        }
    }

    private func brief(_ rows: Set<StoredRow>) -> String {
        let some = rows.sorted().prefix(6).map { "\($0.topic)[\($0.partition)] \($0.offset)" }
        return "\(rows.count): \(some.joined(separator: ", "))"
    }
}
