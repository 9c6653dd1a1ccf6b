import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite(.serialized) struct OffsetGapTests {
    private let log = Locked("")

    /// The group stands at `committed`, the broker has `low..<high`.
    private func read(
        committed: Int64?, reset: String, low: Int64, high: Int64, count: Int,
        take: (KafkaConsumer, [OffsetGap], [String]) throws -> Void
    ) throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("gap")
        let group = TestBroker.uniqueName("group")
        let partition = TopicPartition(topic, 0)
        try broker.createTopic(topic)
        let producer = try Reports().producer(try broker.properties())
        try producer.send((0..<high).map { "\($0)" }, to: topic)
        if low > 0 { try KafkaAdmin(try broker.properties()).deleteRecords(before: [PartitionOffset(partition, low)]) }
        if let committed {
            let member = try KafkaConsumer(try broker.properties(), group: group)
            try member.commit([PartitionOffset(partition, committed)])
            member.close()
        }
        let metrics = Metrics()
        let hooks = KafkaHooks(
            log: Log(level: .error, writer: LogWriter(format: .json) { [log] line in log.withLock { $0 += line } }),
            metrics: metrics)
        let consumer = try KafkaConsumer(
            try broker.properties("auto.offset.reset=\(reset)"), group: group, hooks: hooks)
        let gaps = Locked<[OffsetGap]>([])
        consumer.onGap = { gap in gaps.withLock { $0.append(gap) } }
        try consumer.subscribe([topic])
        var texts: [String] = []
        if reset == "latest" {
            // Records after the end was found.
            try consumer.poll(seconds: 30, until: !consumer.assignment.isEmpty) { _ in }
            for _ in 0..<20 { _ = try consumer.poll(waitMilliseconds: 50) }
            try producer.send(["late"], to: topic)
        }
        texts = try consumer.texts(count)
        try take(consumer, gaps.withLock { $0 }, texts)
        let total = metrics.text.split(separator: "\n").first { $0.hasPrefix("efd_kafka_offset_gaps_total") }
        #expect(total == "efd_kafka_offset_gaps_total \(gaps.withLock { $0.count })")
        consumer.close()
    }

    @Test func aNewGroupBeginsWithTheOldestAndHasNoGap() throws {
        try read(committed: nil, reset: "earliest", low: 0, high: 20, count: 20) { _, gaps, texts in
            #expect(gaps.isEmpty)
            #expect(texts == (0..<20).map { "\($0)" })
        }
    }

    @Test func aNewGroupMayBeginAtTheEnd() throws {
        try read(committed: nil, reset: "latest", low: 0, high: 20, count: 1) { _, gaps, texts in
            #expect(gaps.isEmpty)
            #expect(texts == ["late"])
        }
    }

    @Test func anOffsetBeyondTheEndTellsOfATopicRecreated() throws {
        try read(committed: 500, reset: "earliest", low: 0, high: 20, count: 20) { _, gaps, texts in
            #expect(gaps.map(\.expected) == [500] && gaps.map(\.got) == [0] && gaps.map(\.skipped) == [0])
            #expect(log.withLock { $0.contains("offsets restarted") && !$0.contains("deleted") })
            #expect(texts == (0..<20).map { "\($0)" })
        }
    }

    @Test func aPartitionThatWasAssignedByHandGoesOnToo() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("gap")
        try broker.createTopic(topic)
        try Reports().producer(try broker.properties()).send(["a", "b"], to: topic)
        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        let gaps = Locked<[Int64]>([])
        consumer.onGap = { gap in gaps.withLock { $0.append(gap.expected) } }
        try consumer.assign([PartitionOffset(TopicPartition(topic, 0), 77)])
        #expect(try consumer.texts(2) == ["a", "b"])
        #expect(gaps.withLock { $0 } == [77])
        consumer.close()
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker cannot delete records"))
    func deletedRecordsAreCounted() throws {
        try read(committed: 5, reset: "earliest", low: 12, high: 20, count: 8) { _, gaps, texts in
            #expect(gaps.map(\.expected) == [5] && gaps.map(\.got) == [12] && gaps.map(\.skipped) == [7])
            #expect(log.withLock { $0.contains("deleted by the broker") })
            #expect(texts == (12..<20).map { "\($0)" })
        }
    }

    @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker cannot delete records"))
    func latestSkipsWhatIsLeftAndSaysSo() throws {
        try read(committed: 5, reset: "latest", low: 12, high: 20, count: 1) { _, gaps, texts in
            #expect(gaps.map(\.expected) == [5] && gaps.map(\.got) == [20])
            #expect(texts == ["late"])
        }
    }

    @Test func withResetErrorPollingThrows() throws {
        let error = #expect(throws: EFDError.self) {
            try read(committed: 500, reset: "error", low: 0, high: 20, count: 1) { _, _, _ in }
        }
        #expect(error?.code == "kafka.offsetLost")
        #expect(error?.message.contains("500") == true)
    }
}
