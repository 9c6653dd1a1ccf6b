import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

/// Where letters go and what they take with them; letters are real messages.
@Suite struct ReplayPlanTests {
    private func facts(_ letters: [TestLetter]) throws -> [LetterFacts] {
        let topics = try LetterTopics()
        try topics.write(letters)
        let reader = try TopicReader(
            topics.properties, group: "r", from: [PartitionOffset(TopicPartition(topics.letters, 0), 0)])
        defer { reader.close() }
        var facts: [LetterFacts] = []
        try reader.readToEnd(seconds: 30) { message in
            facts.append(LetterFacts(message, of: topics.letters))
            return true
        }
        try #require(facts.count == letters.count)
        return facts
    }

    private func target(_ plan: ReplayPlan, _ letter: LetterFacts) -> ReplayTarget? { try? plan.target(of: letter) }

    private func obstacle(_ plan: ReplayPlan, _ letter: LetterFacts) -> ReplayObstacle? {
        do throws(ReplayObstacle) { _ = try plan.target(of: letter) } catch { return error }
        return nil
    }

    @Test func eachLetterHasATargetOrAReason() throws {
        var sample = TestLetter.ofSink("cdr", from: "t", -1, -1, cause: "sal.cdr", group: nil)
        sample.headers.append(("other", "x"))
        let letters = try facts([
            .ofSink("a", from: "t", 1, 5, cause: "c"), .ofSink("b", from: "t", 7, 5, cause: "c"),
            .ofConnect("c", from: "t", 9), .ofSink("d", from: "gone", cause: "c"),
            TestLetter(value: Array("e".utf8)), sample,
        ])
        let sink = ReplayPlan(way: .sink, partitions: ["t": 2])
        let source = ReplayPlan(way: .source, partitions: ["t": 2])
        #expect(target(sink, letters[0])?.partition == 1)
        #expect(target(sink, letters[1])?.partition == KafkaRecord.anyPartition)
        #expect(obstacle(sink, letters[2]) == .groupUnknown)
        #expect(target(source, letters[2])?.topic == "t")
        #expect(obstacle(sink, letters[3]) == .topicMissing("gone"))
        #expect(obstacle(source, letters[4]) == .sourceUnknown)
        #expect(obstacle(source, letters[5]) == .sample)
        func groups(_ plan: ReplayPlan) -> [StoredHeader] {
            target(plan, letters[0])?.headers.filter { $0.name == DeadLetterHeaders.replayGroup } ?? []
        }
        #expect(groups(sink) == [StoredHeader("__efd.replay.group", Array("efd.test-sink".utf8))])
        #expect(groups(source).isEmpty)
    }

    @Test func lettersOfKafkaConnectAreUnderstood() throws {
        let letter = try #require(try facts([.ofConnect("c", from: "orders", 9)]).first)
        #expect(letter.cause == "org.apache.kafka.connect.errors.DataException")
        #expect(letter.connector == "orders" && letter.group == nil)
        #expect(letter.source == LetterFacts.Source(topic: "orders", partition: 0, offset: 9))
        #expect(letter.time == 1_764_000_000_000)
        #expect(letter.stage == "VALUE_CONVERTER")
    }

    @Test func theHistoryGrowsUpToItsLimitAndTheCountBeyond() throws {
        var old = TestLetter.ofSink("a", from: "t", 0, 5, cause: "sink.recordMalformed")
        for number in 0..<25 { old.headers.append((DeadLetterHeaders.replayHistory, "{\"number\":\(number)}")) }
        old.headers.append((DeadLetterHeaders.replayCount, "25"))
        let letter = try #require(try facts([old]).first)
        let headers = try #require(target(ReplayPlan(way: .source, partitions: ["t": 1]), letter)?.headers)
        let history = headers.filter { $0.name == DeadLetterHeaders.replayHistory }.map {
            String(decoding: $0.value ?? [], as: UTF8.self)
        }
        #expect(history.count == ReplayPlan.historyLimit)
        #expect(history.first == "{\"number\":6}")
        let last = try JSON.parse(try #require(history.last))
        #expect(last["cause"]?.string == "sink.recordMalformed")
        #expect(last["source"]?.string == "t/0/5")
        #expect(last["letter"]?.string == letter.position)
        #expect(last["group"]?.string == "efd.test-sink")
        let count = headers.first { $0.name == DeadLetterHeaders.replayCount }
        #expect(count?.value == Array("26".utf8))
    }

    @Test func positionsBecomeRanges() throws {
        let letters = try facts((0..<7).map { .ofSink("\($0)", from: "t", cause: "c") })
        let positions = [6, 0, 1, 2, 4].map { ReplayReport.Position(letters[$0]) }
        let topic = letters[0].partition.topic
        #expect(ReplayReport.ranges(positions) == ["\(topic)/0/0-2", "\(topic)/0/4", "\(topic)/0/6"])
    }
}
