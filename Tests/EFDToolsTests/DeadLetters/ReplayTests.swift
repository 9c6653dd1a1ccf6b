import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

/// Replays on either broker.
@Suite struct ReplayTests {
    @Test func lettersGoBackByteForByteAndOnce() throws {
        let topics = try LetterTopics()
        let source = try topics.makeTopic("test.source", partitions: 2)
        let now = WallClock.nanoseconds() / 1_000_000
        var first = TestLetter.ofSink("first", from: source, 1, 40, cause: "c.one", sourceTimestamp: now - 5000)
        first.headers.insert(("own", "header"), at: 0)
        var second = TestLetter.ofSink("second", from: source, 0, 7, cause: "c.two", sourceTimestamp: now - 9000)
        second.key = nil
        second.value = nil
        var third = TestLetter.ofSink("", from: source, 0, 8, cause: "c.two", sourceTimestamp: now)
        third.key = []
        third.value = []
        try topics.write([first, second, third])

        let dry = try topics.replay("--to", "source", "--dry-run")
        #expect(dry.replayedCount == 3 && dry.leftCount == 0)
        #expect(try topics.records(of: source, expecting: 0, seconds: 1).isEmpty)
        #expect(try KafkaAdmin(topics.properties).missingTopics(of: [topics.progress]) == [topics.progress])

        let report = try topics.replay("--to", "source")
        #expect(report.replayedCount == 3 && report.before == 0 && report.leftCount == 0)
        let records = try topics.records(of: source, expecting: 3)
        #expect(records.count == 3)
        let record = try #require(records.first { $0.partition == 1 })
        #expect(record.text == "first" && record.key == Array("key".utf8) && record.timestamp == now - 5000)
        #expect(record.header("own") == "header")
        #expect(record.header("__efd.replay.count") == "1")
        #expect(record.headers(DeadLetterHeaders.replayHistory).count == 1)
        #expect(record.header("__efd.replay.group") == nil)
        #expect(!record.headers.contains { $0.name.hasPrefix("__connect.errors") || $0.name.hasPrefix("__efd.errors") })
        let others = records.filter { $0.partition == 0 }
        #expect(others.map(\.value) == [nil, []] && others.map(\.key) == [nil, []])

        // Neither the same command nor one with another filter sends a letter again.
        let again = try topics.replay("--to", "source", "--cause", "c\\.two")
        #expect(again.replayedCount == 0 && again.before == 2)
        #expect(try topics.records(of: source, expecting: 3, seconds: 2).count == 3)
        let counts = try topics.list()
        #expect(LetterCounts.total(counts.topics[topics.letters] ?? [:]).replayed == 3)
    }

    @Test func lettersForASinkNameItsGroup() throws {
        let topics = try LetterTopics()
        let source = try topics.makeTopic("test.source")
        let group = TestBroker.uniqueName("group")
        try topics.commit(group, in: source)
        try topics.write([
            .ofSink("a", from: source, cause: "c", group: group),
            .ofSink("b", from: source, cause: "c", group: TestBroker.uniqueName("absent")),
            .ofConnect("c", from: source, 4),
        ])
        let report = try topics.replay()
        #expect(report.replayedCount == 1 && report.leftCount == 2)
        let records = try topics.records(of: source, expecting: 1)
        #expect(records.map(\.text) == ["a"])
        #expect(records.first?.header(DeadLetterHeaders.replayGroup) == group)
        let text = report.table(width: nil)
        #expect(text.contains("1 letters replayed, 0 replayed before, 2 cannot be replayed"))
        #expect(text.contains("use --to source") && text.contains("\(topics.letters)/0/2\n"))
        #expect(report.json["obstacles"]?.elements?.count == 2)

        // Those that were left are replayed when they can be.
        let rest = try topics.replay("--to", "source")
        #expect(rest.replayedCount == 2 && rest.before == 1 && rest.leftCount == 0)
        #expect(Set(try topics.records(of: source, expecting: 3).map(\.text)) == ["a", "b", "c"])
    }

    /// A dead-letter topic that is deleted and created again has the same offsets.
    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker cannot delete a topic"))
    func newLettersAtOldOffsetsAreReplayed() throws {
        let topics = try LetterTopics()
        let source = try topics.makeTopic("test.source")
        try topics.write([.ofSink("old", from: source, cause: "c")])
        #expect(try topics.replay("--to", "source").replayedCount == 1)
        let admin = try KafkaAdmin(topics.properties)
        try admin.deleteTopics([topics.letters])
        _ = try until(seconds: 30, "the topic is not created again") {
            (try? topics.broker.createTopic(topics.letters)).map { true }
        }
        try topics.write([.ofSink("new", from: source, cause: "c")])
        let report = try topics.replay("--to", "source")
        #expect(report.replayedCount == 1 && report.before == 0)
        #expect(try topics.records(of: source, expecting: 2).map(\.text) == ["old", "new"])
    }

    /// Only the letter that the topic rejects is left, and named.
    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no limit of a topic"))
    func aRejectedLetterIsLeftAlone() throws {
        let topics = try LetterTopics()
        let source = try topics.makeTopic("test.small", configuration: ["max.message.bytes": "4000"])
        var letters = (0..<40).map { TestLetter.ofSink("letter \($0)", from: source, cause: "c") }
        var generator = SeededGenerator(seed: 3)
        letters[17].value = (0..<9000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try topics.write(letters)
        let report = try topics.replay("--to", "source")
        #expect(report.replayedCount == 39 && report.leftCount == 1)
        #expect(report.table(width: nil).contains("  \(topics.letters)/0/17\n"))
        let texts = try topics.records(of: source, expecting: 39).map(\.text)
        #expect(texts.sorted() == (0..<40).filter { $0 != 17 }.map { "letter \($0)" }.sorted())
    }

    /// Records that a topic of an hour's retention would delete before anybody reads them get the present time.
    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker has no retention"))
    func oldRecordsAreNotDeletedByRetention() throws {
        let topics = try LetterTopics()
        let source = try topics.makeTopic("test.short", configuration: ["retention.ms": "3600000"])
        let now = WallClock.nanoseconds() / 1_000_000
        try topics.write([
            .ofSink("old", from: source, cause: "c", sourceTimestamp: now - 7_200_000),
            .ofSink("young", from: source, cause: "c", sourceTimestamp: now - 60_000),
        ])
        #expect(try topics.replay("--to", "source").replayedCount == 2)
        let records = try topics.records(of: source, expecting: 2)
        #expect(records.count == 2)
        #expect((records.first?.timestamp ?? 0) >= now)
        #expect(records.last?.timestamp == now - 60_000)
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker fences no producer"))
    func theNewerOfTwoReplaysContinuesAlone() throws {
        let topics = try LetterTopics()
        let context = try topics.context(ReplayCommand.table, [topics.letters])
        let reader = try DeadLetterSettings.reader(context)
        let older = try ReplaySender(reader, topic: topics.letters, progressTopic: topics.progress)
        _ = try ReplaySender(reader, topic: topics.letters, progressTopic: topics.progress)
        let source = try topics.makeTopic("test.source")
        try topics.write([.ofSink("a", from: source, cause: "c")])
        let known = try #require(try reader.admin.describe(topic: topics.letters))
        let plan = ReplayPlan(way: .source, partitions: [source: 1])
        let error = #expect(throws: EFDError.self) {
            try reader.read(try reader.extent(known)) { (batch, messages) throws(EFDError) in
                let letter = LetterFacts(batch[messages[0]], of: topics.letters)
                guard let target = try? plan.target(of: letter) else { return }
                let item = ReplayItem(message: batch[messages[0]], letter: letter, target: target, timestamp: 0)
                try older.send([item][...]) { _, _ in }
            }
        }
        #expect(error?.code == .dlqReplayFenced)
        #expect(try topics.records(of: source, expecting: 0, seconds: 1).isEmpty)
    }

    @Test func aTopicThatIsNotThereIsNamedAndNotCreated() throws {
        let topics = try LetterTopics()
        let name = TestBroker.uniqueName("nosuch")
        let context = try topics.context(ReplayCommand.table, [name])
        let error = #expect(throws: EFDError.self) { _ = try ReplayCommand.replay(context) }
        #expect(error?.code == .dlqTopicMissing && error?.message.contains(name) == true)
        #expect(try KafkaAdmin(topics.properties).missingTopics(of: [name]) == [name])
    }
}
