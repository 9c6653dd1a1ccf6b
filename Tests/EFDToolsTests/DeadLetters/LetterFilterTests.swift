import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

@Suite struct LetterFilterTests {
    @Test(arguments: [
        ("12", nil as Int32?, 12...12 as ClosedRange<Int64>), ("12-40", nil, 12...40), ("12-", nil, 12...Int64.max),
        ("3/7", 3, 7...7), ("0/12-40", 0, 12...40), ("0/0-", 0, 0...Int64.max),
    ])
    func rangesOfOffsetsAreTaken(text: String, partition: Int32?, offsets: ClosedRange<Int64>) {
        let range = OffsetRange(text)
        #expect(range?.partition == partition)
        #expect(range?.offsets == offsets)
    }

    @Test(arguments: ["", "a", "-3", "40-12", "1/2/3", "1-2-3", "12 ", "0/", "99999999999999999999"])
    func otherTextsAreRefused(text: String) {
        #expect(OffsetRange(text) == nil)
        let settings = try? Settings.parse(
            ReplayCommand.table, arguments: ["t", "--offsets=\(text.isEmpty ? "x" : text)"], environment: [:]
        ) { _ in [] }
        let error = #expect(throws: EFDError.self) { try ReplayCommand.check(try #require(settings)) }
        #expect(error?.message.contains("is not a range of offsets") == true)
    }

    @Test func wrongTimesAreRefusedBeforeAnyRequest() throws {
        for flag in ["--since", "--until"] {
            let settings = try Settings.parse(
                ListCommand.table, arguments: [flag, "yesterday"], environment: [:]
            ) { _ in [] }
            let error = #expect(throws: EFDError.self) { try DeadLetterSettings.check(settings) }
            #expect(error?.message.hasPrefix("\(flag): 'yesterday' is neither") == true)
        }
    }

    @Test(arguments: [
        ("", false), ("t/0", false), ("t/0/x", false), ("t/-1/3", false), ("/0/3", false), ("t/2/3", true),
    ])
    func aLetterIsNamedByTopicPartitionAndOffset(text: String, isTaken: Bool) throws {
        let settings = try Settings.parse(ShowCommand.table, arguments: [text], environment: [:]) { _ in [] }
        guard isTaken else {
            let error = #expect(throws: EFDError.self) { _ = try ShowCommand.position(settings) }
            #expect(error?.remedy.contains("TOPIC/PARTITION/OFFSET") == true)
            return
        }
        #expect(try ShowCommand.position(settings) == PartitionOffset(TopicPartition("t", 2), 3))
    }

    /// On real letters, one filter at a time.
    @Test func eachFilterSelects() throws {
        let topics = try LetterTopics()
        let now = WallClock.nanoseconds() / 1_000_000
        var letters: [TestLetter] = []
        for (index, cause) in ["a.one", "a.two", "b.one", "b.two"].enumerated() {
            var letter = TestLetter.ofSink("\(index)", from: "source.\(index % 2)", cause: cause)
            letter.timestamp = now - Int64(4 - index) * 3_600_000
            letters.append(letter)
        }
        try topics.write(letters)
        func values(_ arguments: String...) throws -> Int {
            let counts = try ListCommand.count(
                try topics.context(ListCommand.table, [topics.letters] + arguments))
            return LetterCounts.total(counts.topics[topics.letters] ?? [:]).letters
        }
        #expect(try values() == 4)
        #expect(try values("--cause", "a\\..*") == 2)
        #expect(try values("--cause", "a") == 0)
        #expect(try values("--topic-regex", "source\\.1") == 2)
        #expect(try values("--since", "150m") == 2)
        #expect(try values("--until", "150m") == 2)
        #expect(try values("--since", "210m", "--until", "90m") == 2)
        #expect(try values("--since", "2026-01-01T00:00Z", "--until", "2026-01-02T00:00Z") == 0)
        #expect(try values("--offsets", "1-2") == 2)
        #expect(try values("--offsets", "0/3-") == 1)
        #expect(try values("--offsets", "1/3-") == 0)
    }
}
