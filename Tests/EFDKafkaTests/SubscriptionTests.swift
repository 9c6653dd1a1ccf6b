import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@Suite(.serialized) struct SubscriptionTests {
    @Test func aPatternTakesTopicsInThatAppearLater() throws {
        let broker = try TestBroker.shared()
        let stem = TestBroker.uniqueName("pattern")
        let producer = try Reports().producer(try broker.properties())
        try broker.createTopic("\(stem).one")
        try producer.send(["first"], to: "\(stem).one")
        let filter = TopicFilter(
            include: try NamePattern("\(stem)\\.(?:\\w|[-])+\\d?"), exclude: try NamePattern(".*\\.not"),
            never: ["\(stem).never"])
        let consumer = try KafkaConsumer(
            try broker.properties(), group: TestBroker.uniqueName("group"), excluding: filter.exclusions)
        try consumer.subscribe([filter.subscription])
        #expect(try consumer.texts(1) == ["first"])

        for name in ["two", "not", "never"] {
            try broker.createTopic("\(stem).\(name)", partitions: 2)
            try producer.send(["\(name) 0"], to: "\(stem).\(name)", partition: 0)
            try producer.send(["\(name) 1"], to: "\(stem).\(name)", partition: 1)
        }
        #expect(try consumer.texts(2, seconds: 60).sorted() == ["two 0", "two 1"])
        #expect(Set(consumer.assignment.map(\.topic)) == ["\(stem).one", "\(stem).two"])
        #expect(try consumer.texts(1, seconds: 2) == [])
        consumer.close()
    }

    /// A member resumes at the group's committed offsets, by either way of committing.
    @Test(arguments: [true, false])
    func goesOnWhereTheGroupStands(stored: Bool) throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("commit")
        let group = TestBroker.uniqueName("group")
        try broker.createTopic(topic)
        try Reports().producer(try broker.properties()).send((0..<100).map { "\($0)" }, to: topic)
        let partition = TopicPartition(topic, 0)
        for round in 0..<3 {
            let consumer = try KafkaConsumer(try broker.properties(), group: group)
            try consumer.subscribe([topic])
            var taken: [String] = []
            try consumer.poll(maxMessages: 10, until: taken.count >= 10) { batch in
                for index in 0..<batch.count where taken.count < 10 { taken.append(CopiedRecord(batch[index]).text) }
            }
            #expect(taken == (round * 10..<round * 10 + 10).map { "\($0)" })
            let next = [PartitionOffset(partition, Int64(round * 10 + 10))]
            if stored {
                consumer.store(next)
                try consumer.commitStoredAndWait()
                try consumer.commitStoredAndWait()  // nothing new: no error
            } else {
                try consumer.commit(next)
            }
            #expect(try consumer.committed([partition]) == next)
            consumer.close()
        }
    }

    @Test func knowsPositionsLagAndWatermarks() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("lag")
        try broker.createTopic(topic)
        try Reports().producer(try broker.properties()).send((0..<50).map { "\($0)" }, to: topic)
        let partition = TopicPartition(topic, 0)
        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        try consumer.assign([PartitionOffset(partition, 5)])
        #expect(try consumer.watermarks(partition) == 0..<50)
        var seen = 0
        try consumer.poll(maxMessages: 10, until: seen >= 10) { seen += $0.count }
        #expect(consumer.positions([partition]) == [PartitionOffset(partition, Int64(5 + seen))])
        #expect(consumer.lags().map(\.records) == [Int64(45 - seen)])
        #expect(consumer.seek([PartitionOffset(partition, 49)]) == nil)
        #expect(try consumer.texts(1) == ["49"])
        #expect(consumer.lags().map(\.records) == [0])
        consumer.close()
    }

    /// Paused partitions keep their position; the others continue.
    @Test func aPauseLosesAndRepeatsNothing() throws {
        let broker = try TestBroker.shared()
        let topic = TestBroker.uniqueName("pause")
        try broker.createTopic(topic, partitions: 2)
        let producer = try Reports().producer(try broker.properties())
        for partition in 0..<2 {
            try producer.send((0..<2000).map { "\(partition) \($0)" }, to: topic, partition: Int32(partition))
        }
        let consumer = try KafkaConsumer(try broker.properties(), group: TestBroker.uniqueName("group"))
        try consumer.subscribe([topic])
        var seen: [[Int]] = [[], []]
        var paused: TopicPartition?
        var polls = 0
        try consumer.poll(seconds: 60, maxMessages: 37, until: seen[0].count + seen[1].count >= 4000) { batch in
            for index in 0..<batch.count {
                let words = CopiedRecord(batch[index]).text.split(separator: " ").compactMap { Int($0) }
                seen[words[0]].append(words[1])
                if let paused { #expect(Int(paused.partition) != words[0]) }
            }
            polls += 1
            if polls % 5 == 0, let held = paused {
                try consumer.resume([held])
                paused = nil
            } else if polls % 5 == 2, !batch.isEmpty {
                paused = TopicPartition(topic, Int32(polls / 5 % 2))
                try consumer.pause([paused!])
            }
        }
        #expect(seen == [Array(0..<2000), Array(0..<2000)])
        consumer.close()
    }
}

extension CopiedRecord {
    var text: String { String(decoding: value ?? [], as: UTF8.self) }
}
