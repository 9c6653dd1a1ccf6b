import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

@Suite struct ListTests {
    @Test func lettersAreCountedByCauseAndSource() throws {
        let topics = try LetterTopics()
        var letters = (0..<3).map { number in
            var letter = TestLetter.ofSink("\(number)", from: "a", cause: "sink.recordMalformed")
            letter.timestamp = 1_764_000_000_000 + Int64(number) * 60_000
            return letter
        }
        letters += [.ofConnect("c", from: "b", 1), TestLetter(value: [1, 2], timestamp: 1_764_000_000_500)]
        try topics.write(letters)
        let counts = try topics.list()
        let sorted = LetterCounts.sorted(counts.topics[topics.letters] ?? [:])
        #expect(
            sorted.map(\.key) == [
                LetterCounts.Key(cause: "sink.recordMalformed", source: "a", sender: "efd.test-sink"),
                LetterCounts.Key(
                    cause: "org.apache.kafka.connect.errors.DataException", source: "b", sender: "orders"),
                LetterCounts.Key(cause: "unknown", source: "", sender: ""),
            ])
        #expect(sorted.map(\.count.letters) == [3, 1, 1])
        #expect(sorted.first?.count.last == 1_764_000_120_000)

        let table = counts.table(rows: 2, width: nil).split(separator: "\n").map(String.init)
        #expect(table.count == 5)
        #expect(table[1].hasPrefix(topics.letters) && table[1].contains("  5  "))
        #expect(table[1].contains("2025-11-24T16:00:00Z  2025-11-24T16:02:00Z"))
        #expect(table[2].hasPrefix("  from a") && table[2].hasSuffix("  efd.test-sink"))
        #expect(table[4].hasPrefix("  and 1 more"))

        let document = try #require(counts.json["topics"]?.elements?.first)
        #expect(document["letters"]?.integer == 5 && document["replayed"]?.integer == 0)
        #expect(document["causes"]?.elements?.count == 3)
        #expect(document["causes"]?.elements?.first?["first"]?.string == "2025-11-24T16:00:00.000000Z")
        #expect(document["causes"]?.elements?.last?["source"] == JSON.null)
    }

    @Test func topicsAreFoundByTheirNamesAndEmptyOnesAreShown() throws {
        let topics = try LetterTopics()
        let other = try topics.makeTopic("test.orders-dlq")
        try topics.write([.ofSink("1", from: "a", cause: "c")])
        let standard = try Settings.parse(ListCommand.table, arguments: [], environment: [:]) { _ in [] }
        for name in [topics.letters, other, "efd.influx-sink.deadletter", "dead_letter_queue"] {
            #expect(standard[ListCommand.pattern].matches(name))
        }
        // Other tests delete their topics meanwhile.
        let counts = try ListCommand.count(
            try topics.context(ListCommand.table, ["--dead-letter-regex", "(\(topics.letters)|\(other))"]))
        #expect(counts.topics[topics.letters]?.count == 1)
        #expect(counts.topics[other]?.count == 0)
        #expect(counts.topics.count == 2)
        #expect(counts.table(rows: 1, width: nil).contains("\(other)"))
    }

    /// The flag is `--output`; the destination of another program in the environment is not taken.
    @Test func theOutputOfOtherProgramsIsNotTheFormat() throws {
        let settings = try Settings.parse(
            ListCommand.table, arguments: [], environment: ["EFD_OUTPUT": "s3://bucket"]
        ) { _ in [] }
        #expect(settings[DeadLetterSettings.format] == .table)
        let json = try Settings.parse(ListCommand.table, arguments: ["--output", "json"], environment: [:]) { _ in [] }
        #expect(json[DeadLetterSettings.format] == .json)
    }
}
