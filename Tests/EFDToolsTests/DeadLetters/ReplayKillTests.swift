import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDTools

/// kill -9 in mid-replay, as a process against real Kafka.
@Suite(.enabled(if: TestBroker.isRealWanted, "the embedded broker accepts transactions, and they mean nothing"))
struct ReplayKillTests {
    private static let count = 10_000
    /// Of six causes, four can be replayed.
    private static let causes = [
        "sink.recordMalformed", "sink.schemaUnknown", "influx.pointRejected",
        "org.apache.kafka.connect.errors.DataException", "sink.sourceGone", "no headers",
    ]

    private static func source(_ number: Int) -> Int { number / causes.count % 3 }

    private func letters(_ sources: [String]) -> [TestLetter] {
        (0..<Self.count).map { number in
            let source = sources[Self.source(number)]
            let cause = Self.causes[number % Self.causes.count]
            switch number % Self.causes.count {
            case 3: return .ofConnect("\(number)", from: source, Int64(number))
            case 4: return .ofSink("\(number)", from: "test.deleted.topic", cause: cause)
            case 5: return TestLetter(value: Array("\(number)".utf8))
            default: return .ofSink("\(number)", from: source, 0, Int64(number), cause: cause)
            }
        }
    }

    private func replay(_ topics: LetterTopics) throws -> TestProcess {
        try TestProcess(
            "efd",
            [
                "dlq", "replay", topics.letters, "--to", "source", "--bootstrap-servers",
                topics.broker.bootstrapServers, "--progress-topic", topics.progress,
            ])
    }

    @Test(.timeLimit(.minutes(5))) func eachLetterIsBackOnceOrNamed() throws {
        let topics = try LetterTopics()
        let sources = try (0..<3).map { try topics.makeTopic("test.source.\($0)") }
        try topics.write(letters(sources))
        let admin = try KafkaAdmin(topics.properties)
        func ends() throws -> Int64 {
            try admin.offsets(of: sources.map { TopicPartition($0, 0) }, at: .latest).reduce(0) { $0 + $1.offset }
        }
        // Killed as soon as some more letters are back, four times: the offsets count transaction markers too.
        var killedAt: [Int64] = []
        for goal in [Int64(300), 1200, 2500, 4000] {
            let process = try replay(topics)
            _ = try until(seconds: 60, "nothing was replayed:\n\(process.output)") {
                try ends() >= goal || !process.isRunning ? true : nil
            }
            if process.isRunning { killedAt.append(try ends()) }
            process.kill()
        }
        #expect(killedAt.count >= 3, "killed only at \(killedAt)")
        let last = try replay(topics)
        #expect(last.wait(seconds: 120) == 1, "some letters are left, which is an error:\n\(last.output)")

        let replayable = (0..<Self.count).filter { $0 % 6 < 4 }
        var back: [Int] = []
        for (index, source) in sources.enumerated() {
            let expected = replayable.filter { Self.source($0) == index }.count
            back += try topics.records(of: source, expecting: expected).compactMap { Int($0.text) }
        }
        #expect(back.count == replayable.count)
        #expect(back.sorted() == replayable)
        // Every fifth and sixth letter is named.
        let output = last.output
        #expect(output.contains("left: the source topic test.deleted.topic does not exist"))
        #expect(output.contains("left: the headers name no source topic"))
        let named = output.matches(of: /(?m)^  \S+\/0\/(\d+)$/).compactMap { Int($0.1) }
        #expect(named.sorted() == (0..<Self.count).filter { $0 % 6 >= 4 })
        let counts = LetterCounts.total(try topics.list().topics[topics.letters] ?? [:])
        #expect(counts.letters == Self.count && counts.replayed == replayable.count)
    }
}
