import EFDCore
import EFDKafka
import EFDTestKit
import Testing

/// Internal topics: created once, appended to with acknowledgement, read to their end.
@Suite(.serialized) struct TopicTableTests {
    private let properties: KafkaProperties
    private let admin: KafkaAdmin

    init() throws {
        properties = try TestBroker.shared().properties()
        admin = try KafkaAdmin(properties)
    }

    private func makeTopic(_ prefix: String, _ configuration: [String: String] = [:]) throws -> TopicPartition {
        let name = TestBroker.uniqueName(prefix)
        try admin.ensureTopics([NewTopic(name, partitions: 1, configuration: configuration)])
        return TopicPartition(name, 0)
    }

    private func record(_ key: String, _ value: String?, _ headers: [StoredHeader] = []) -> TopicRecord {
        TopicRecord(key: Array(key.utf8), value: value.map { Array($0.utf8) }, headers: headers, partition: 0)
    }

    private func reader(_ partition: TopicPartition, from offset: Int64 = PartitionOffset.beginning) throws
        -> TopicReader
    {
        try TopicReader(properties, group: "tables", from: [PartitionOffset(partition, offset)])
    }

    private func values(_ reader: TopicReader) throws -> [String?] {
        var values: [String?] = []
        try reader.readToEnd(seconds: 30) { message in
            values.append(message.value.map { String(decoding: $0, as: UTF8.self) })
            return true
        }
        return values
    }

    // MARK: Append

    @Test func whatIsAppendedReadsBackWithTombstonesAndHeaders() throws {
        let partition = try makeTopic("append")
        let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        let records = [
            record("a", "1", [StoredHeader("kind", Array("x".utf8)), StoredHeader("none", nil)]), record("b", ""),
            record("a", nil), TopicRecord(key: nil, value: [0, 255], partition: 0),
        ]
        #expect(try writer.append(records) == (0..<4).map { PartitionOffset(partition, $0) })
        #expect(try writer.append([record("c", "5")]) == [PartitionOffset(partition, 4)])
        let reader = try reader(partition)
        var found: [TopicRecord] = []
        try reader.readToEnd(seconds: 30) { message in
            found.append(
                TopicRecord(
                    key: message.key.map { Array($0) }, value: message.value.map { Array($0) },
                    headers: message.headers?.map(StoredHeader.init) ?? [], partition: message.partition))
            return true
        }
        #expect(found == records + [record("c", "5")])
        #expect(reader.isAtEnd && reader.position(of: partition) == 5)
    }

    @Test func appendsOfManyThreadsAndChunksKeepTheirOrder() throws {
        let partition = try makeTopic("threads")
        let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        let offsets = Locked<[Int: [PartitionOffset]]>([:])
        let threads = ThreadGroup()
        for number in 0..<4 {
            threads.add(
                JoinableThread("append-\(number)") {
                    let records = (0..<600).map { index in
                        TopicRecord(key: nil, value: Array("\(number) \(index)".utf8), partition: 0)
                    }
                    let stored = (try? writer.append(records)) ?? []
                    offsets.withLock { $0[number] = stored }
                })
        }
        threads.join()
        let all = offsets.withLock { $0 }
        let values = try values(try reader(partition))
        #expect(values.count == 2400)
        for (number, stored) in all {
            #expect(stored.count == 600)
            for (index, place) in stored.enumerated() { #expect(values[Int(place.offset)] == "\(number) \(index)") }
        }
    }

    @Test func anAppendThatNobodyAcknowledgesSaysThatItMayBeStored() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let properties = try TestBroker.properties(cluster.bootstrapServers)
        let writer = try TopicWriter(properties, topic: "t", timeout: 1)
        defer { writer.close() }
        #expect(try writer.append([record("a", "1")]).map(\.offset) == [0])
        try cluster.setBroker(up: false)
        let began = MonotonicClock.seconds()
        let error = #expect(throws: AppendError.self) { try writer.append([record("a", "2")]) }
        guard case .timedOut(let words, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.isRetriable && MonotonicClock.seconds() - began < 3)
        try cluster.setBroker(up: true)
        var stored: [PartitionOffset] = []
        for _ in 0..<50 where stored.isEmpty { stored = (try? writer.append([record("a", "3")])) ?? [] }
        #expect(stored.count == 1, "reports of the append that timed out do not count for this one")
    }

    @Test func aRefusedRecordIsNoTimeout() throws {
        let partition = try makeTopic("refused")
        var small = properties
        try small.set("message.max.bytes", "1000")
        let writer = try TopicWriter(small, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        let large = TopicRecord(key: nil, value: [UInt8](repeating: 7, count: 5000), partition: 0)
        let error = #expect(throws: AppendError.self) { try writer.append([record("a", "1"), large]) }
        guard case .refused(let words, let mayBeStored)? = error else {
            Issue.record("no refusal")
            return
        }
        #expect(words.code == "kafka.messageTooLarge" && !mayBeStored)
    }

    // MARK: Follow

    @Test func anEmptyTopicIsAtItsEndAtOnce() throws {
        let reader = try reader(try makeTopic("empty"))
        #expect(reader.isAtEnd)
        #expect(try values(reader).isEmpty)
    }

    @Test func theEndIsTheOneAtTheStartAndMovesWhenItIsMarkedAgain() throws {
        let partition = try makeTopic("follow")
        let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        try writer.append((0..<10).map { record("k", "\($0)") })
        let reader = try reader(partition)
        #expect(!reader.isAtEnd)
        #expect(try values(reader) == (0..<10).map { "\($0)" })
        try writer.append([record("k", "10")])
        #expect(reader.isAtEnd, "what came since was not asked for")
        try reader.markEnds()
        #expect(!reader.isAtEnd)
        #expect(try values(reader) == ["10"])
        try reader.markEnds()
        #expect(reader.isAtEnd, "nothing was written since")
        let middle = try self.reader(partition, from: 7)
        #expect(try values(middle) == ["7", "8", "9", "10"])
        #expect(try self.reader(partition, from: 11).isAtEnd)
    }

    @Test func aReaderStopsWhenItHasEnoughOrIsStopped() throws {
        let partition = try makeTopic("enough")
        let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        try writer.append((0..<10).map { record("k", "\($0)") })
        var count = 0
        let isComplete = try reader(partition).readToEnd(seconds: 30) { _ in
            count += 1
            return count < 3
        }
        #expect(!isComplete && count == 3)
        let stop = StopToken()
        stop.stop()
        #expect(try !reader(partition).readToEnd(seconds: 30, until: stop) { _ in true })
    }

    @Test func anEndThatIsNotReachedInTimeIsSaid() throws {
        let partition = try makeTopic("slow")
        let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
        defer { writer.close() }
        try writer.append([record("k", "1")])
        let reader = try reader(partition)
        let error = #expect(throws: EFDError.self) { try reader.readToEnd(seconds: 0) { _ in true } }
        #expect(error?.code == "kafka.endNotReached" && error?.isRetriable == true)
        #expect(try values(reader) == ["1"], "it can be read on")
    }

    // MARK: Topics

    @Test func topicsAreMadeOnceByWhoeverComesFirst() throws {
        let names = (0..<3).map { TestBroker.uniqueName("ensure\($0)") }
        let topics = names.map { NewTopic($0, partitions: 1, replication: -1) }
        #expect(try admin.missingTopics(of: names) == names)
        let made = Locked<[String]>([])
        let failures = Locked<[EFDError]>([])
        let threads = ThreadGroup()
        for number in 0..<4 {
            threads.add(
                JoinableThread("ensure-\(number)") {
                    let outcome = Result { () throws(EFDError) in try KafkaAdmin(properties).ensureTopics(topics) }
                    switch outcome {
                    case .success(let found):
                        made.withLock { $0 += found.created }
                        #expect(Set(found.topics.keys) == Set(names))
                    case .failure(let error): failures.withLock { $0.append(error) }
                    }
                })
        }
        threads.join()
        #expect(failures.withLock { $0 }.isEmpty)
        // The embedded broker does not say who made it.
        if !admin.isMockCluster { #expect(made.withLock { $0.sorted() } == names.sorted()) }
        #expect(try admin.missingTopics(of: names).isEmpty)
        #expect(try admin.ensureTopics(topics).created.isEmpty)
    }

    @Test func aClusterThatIsAwayIsWaitedForUntilTheStop() throws {
        let cluster = try MockCluster()
        try cluster.setBroker(up: false)
        let admin = try KafkaAdmin(try TestBroker.properties(cluster.bootstrapServers), timeout: 0.3)
        let stop = StopToken()
        var failures = 0
        let nothing = try admin.ensureTopics([NewTopic("later")], retrying: stop) { error in
            failures += 1
            if failures == 2 { stop.stop() }
        }
        #expect(nothing == nil && failures == 2)
        let again = try KafkaAdmin(try TestBroker.properties(cluster.bootstrapServers), timeout: 2)
        let found = try again.ensureTopics([NewTopic("later")], retrying: StopToken()) { _ in
            try? cluster.setBroker(up: true)
        }
        #expect(found?.topics["later"]?.partitions.isEmpty == false)
    }
}

extension TopicTableTests {
    @Suite(.enabled(if: TestBroker.isRealWanted, "the embedded broker has neither transactions nor configurations"))
    struct RealTests {
        let properties: KafkaProperties

        init() throws { properties = try TestBroker.shared().properties() }

        private func read(_ partition: TopicPartition) throws -> (values: [String], position: Int64) {
            let reader = try TopicReader(
                properties, group: "tables", from: [PartitionOffset(partition, PartitionOffset.beginning)])
            var values: [String] = []
            try reader.readToEnd(seconds: 30) { message in
                values.append(message.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")
                return true
            }
            return (values, reader.position(of: partition))
        }

        /// The last offsets are transaction markers: no record ever arrives there.
        @Test func markersAndAbortedRecordsAtTheEndAreTheEnd() throws {
            let partition = TopicPartition(TestBroker.uniqueName("markers"), 0)
            try KafkaAdmin(properties).ensureTopics([NewTopic(partition.topic, partitions: 1)])
            let producer = try TransactionalProducer(properties, transactionalID: partition.topic)
            try producer.open(seconds: 60)
            let topic = try producer.topic(partition.topic)
            for (text, commits) in [("one", true), ("two", true), ("three", false)] {
                try producer.begin()
                try producer.send([text], topic, partition: 0)
                // An aborted record must be in the log: sent, and its partition known to the coordinator.
                if !commits { MonotonicClock.sleep(seconds: 1) }
                if commits { try producer.commit(seconds: 30) } else { try producer.abort(seconds: 30) }
            }
            // Brokers write a marker a moment after they have answered.
            func read(until values: [String]) throws -> (values: [String], position: Int64) {
                let deadline = MonotonicClock.seconds() + 30
                var found = try self.read(partition)
                while found.values != values, MonotonicClock.seconds() < deadline { found = try self.read(partition) }
                return found
            }
            let (values, position) = try read(until: ["one", "two"])
            #expect(values == ["one", "two"])
            #expect(position >= 4)
            // A transaction under way is not waited for.
            try producer.begin()
            try producer.send(["four"], topic, partition: 0)
            #expect(try self.read(partition).values == ["one", "two"])
            try producer.commit(seconds: 30)
            #expect(try read(until: ["one", "two", "four"]).values == ["one", "two", "four"])
        }

        @Test func holesOfCompactionAreNoEnd() throws {
            let partition = TopicPartition(TestBroker.uniqueName("holes"), 0)
            try KafkaAdmin(properties).ensureTopics([
                NewTopic(
                    partition.topic, partitions: 1,
                    configuration: [
                        "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
                        "max.compaction.lag.ms": "100", "segment.bytes": "1048576",
                    ])
            ])
            let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
            defer { writer.close() }
            var last = ""
            let deadline = MonotonicClock.seconds() + 60
            var found = 0
            repeat {
                for index in 0..<20 {
                    last = "\(index) \(MonotonicClock.nanoseconds())"
                    try writer.append([TopicRecord(key: [1], value: Array(last.utf8), partition: 0)])
                }
                MonotonicClock.sleep(seconds: 0.5)
                let (values, position) = try read(partition)
                #expect(values.last == last)
                found = Int(position) - values.count
            } while found == 0 && MonotonicClock.seconds() < deadline
            #expect(found > 0, "nothing was compacted in time")
        }

        @Test func aTopicThatWasMadeAgainIsReported() throws {
            let partition = TopicPartition(TestBroker.uniqueName("again"), 0)
            let admin = try KafkaAdmin(properties)
            try admin.ensureTopics([NewTopic(partition.topic, partitions: 1)])
            let writer = try TopicWriter(properties, topic: partition.topic, timeout: 20)
            try writer.append((0..<5).map { TopicRecord(key: nil, value: [$0], partition: 0) })
            writer.close()
            let whole = try TopicReader(
                properties, group: "tables", from: [PartitionOffset(partition, PartitionOffset.beginning)])
            try whole.readToEnd(seconds: 30) { _ in true }
            try admin.deleteRecords(before: [PartitionOffset(partition, 5)])
            // Read from an offset that is gone.
            let late = try TopicReader(properties, group: "tables", from: [PartitionOffset(partition, 1)])
            let error = #expect(throws: EFDError.self) { try late.readToEnd(seconds: 20) { _ in true } }
            #expect(error?.code == "kafka.offsetLost")
            let lenient = try TopicReader(
                properties, group: "tables", from: [PartitionOffset(partition, 1)], reset: .earliest)
            try lenient.readToEnd(seconds: 20) { _ in true }
            #expect(lenient.position(of: partition) == 5)
        }

        @Test func aRefusalNamesTheTopic() throws {
            let admin = try KafkaAdmin(properties)
            let name = TestBroker.uniqueName("copies")
            let error = #expect(throws: EFDError.self) {
                try admin.ensureTopics([NewTopic(name, partitions: 1, replication: 7)], retrying: StopToken()) { _ in }
            }
            #expect(error?.code == "kafka.replicationImpossible" && error?.message.contains(name) == true)
            #expect(error?.remedy.contains("--replication-factor") == true)
        }
    }
}

extension TransactionalProducer {
    /// Sends texts as values.
    func send(_ texts: [String], _ topic: KafkaTopicHandle, partition: Int32 = KafkaRecord.anyPartition) throws {
        for text in texts {
            var text = text
            try text.withUTF8 { bytes in
                let record = KafkaRecord(value: UnsafeRawBufferPointer(bytes), partition: partition)
                try withUnsafePointer(to: record) { try produce(topic, UnsafeBufferPointer(start: $0, count: 1)) }
            }
        }
    }
}
