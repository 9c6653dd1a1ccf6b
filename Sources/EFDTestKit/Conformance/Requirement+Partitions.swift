import EFDCore
import EFDKafka
import EFDSink

/// Partitions that wait, alone.
extension Requirement {
    static let partitions = [
        Requirement("aRefusedPartitionWaitsAlone") { run in
            let (plain, turning) = (try run.broker.plain(), try run.broker.turning())
            let script = SinkScript()
            let refused = TopicPartition(plain.name, 0)
            script.refuse(refused)
            script.closeGate(after: 0)
            let connector = try run.start([plain, turning], script)
            // Later rows of the partition are on their way when it is refused.
            try run.wait("each writer has a batch, and another waits") {
                connector.metric("efd_write_batches_in_flight") == 4
            }
            script.openGate()
            try run.waitForQuarantine(1, connector, naming: "conform.refused")
            try run.waitUntilStored([plain, turning], but: [refused])
            try run.expectRefused(refused, plain)
            script.refuse(refused, false)
            try run.expectRecovery([plain, turning], connector)
        },
        Requirement("aRefusedPartitionKeepsItsBufferedRows", .buffers) { run in
            let (plain, turning) = (try run.broker.plain(), try run.broker.turning())
            let script = SinkScript()
            let refused = TopicPartition(plain.name, 0)
            script.refuse(refused)
            script.holdFlush(true)
            let connector = try run.start([plain, turning], script)
            try run.waitForQuarantine(1, connector, naming: "conform.refused")
            try run.wait("the partition is read again") { script.watch.discards(of: refused) > 0 }
            script.refuse(refused, false)
            script.holdFlush(false)
            try run.expectRecovery([plain, turning], connector)
        },
        Requirement("aRefusedPartitionBeginsAgainWhenItsRowsAreMoved", .offsets) { run in
            let (single, turning) = (try run.broker.single(), try run.broker.turning())
            let script = SinkScript()
            let refused = TopicPartition(single.name, 0)
            script.refuse(refused)
            let connector = try run.start([single, turning], script)
            try run.waitForQuarantine(1, connector, naming: "conform.refused")
            // Nothing of it is buffered any more, and the sink may still know how far it was.
            try run.wait("its first rows are stored and committed") {
                try run.committed([single])[refused] != nil && !(try run.stored([single]).isEmpty)
            }
            try run.waitUntilStored([turning])
            try run.destination.removeRows(of: single.name)
            script.refuse(refused, false)
            try run.expectRecovery([single, turning], connector)
        },
        Requirement("aTopicThatCannotBePreparedWaitsAlone") { run in
            let (plain, turning) = (try run.broker.plain(), try run.broker.turning())
            let script = SinkScript()
            script.refuse(topic: turning.name)
            let connector = try run.start([plain, turning], script)
            try run.waitForQuarantine(2, connector, naming: "conform.refused")
            try run.waitUntilStored([plain])
            try run.expect(try run.stored([turning]).isEmpty, "rows of the refused topic are stored")
            script.refuse(topic: turning.name, false)
            try run.expectRecovery([plain, turning], connector)
        },
        Requirement("anUnknownSchemaHoldsUpItsPartitionAlone") { run in
            let topic = try run.broker.unknownSchema()
            let connector = try run.start([topic], settings: ["unknown.schema.wait": "365d"])
            try run.wait("all rows of known schemas are stored") { try run.stored([topic]).count == 30 }
            try run.wait("readiness says what is waited for") {
                connector.unmet("registry")?.contains("\(ConformanceRecords.unknown)") == true
            }
            try run.expect(connector.metric("efd_records_rejected_total") == 0, "records are dead letters")
            try run.revealSchema()
            try run.waitUntilStored([topic])
            try run.waitUntilCommitted([topic])
            try run.expectAllStored([topic])
            try run.wait("the connector is ready") { connector.isReady }
        },
        Requirement("aRefusedDeadLetterHoldsUpItsPartitionAlone", .embedded, hasOwnBroker: true) { run in
            let topic = try run.broker.undecodable()
            let letters = try run.broker.deadLetters()
            run.broker.cluster?.fail(.produce, code: 29, count: 1000)  // the user may not write to it
            let connector = try run.start([topic], settings: ["unknown.schema.wait": "0s"])
            try run.waitForQuarantine(1, connector, naming: "dead-letter topic")
            try run.waitUntilStored([topic], but: [TopicPartition(topic.name, 0)])
            try run.expect(connector.metric("efd_records_rejected_total") == 0, "letters are counted")
            run.broker.cluster?.clearFailures(of: .produce)
            try run.expectRecovery([topic], connector)
            let count = topic.rows { $0 != .stored }.count
            let found = try run.broker.deadLetters(
                of: run.group, in: letters, atLeast: count, seconds: ConformanceRun.patience)
            try run.expect(found.count == count, "\(found.count) of \(count) letters came")
        },
        Requirement("aRecreatedTopicIsReadFromItsNewBeginning", .real) { run in
            try run.recreateTopic()
        },
    ]
}

extension ConformanceRun {
    /// Waits until partitions are quarantined, and readiness says why.
    func waitForQuarantine(_ count: Int, _ connector: ConnectorUnderTest, naming reason: String) throws {
        try wait("\(count) partitions are quarantined: \(connector.metric("efd_partitions_quarantined"))") {
            connector.metric("efd_partitions_quarantined") == count
                && connector.unmet("partitions")?.contains(reason) == true
        }
    }

    func waitUntilStored(_ topics: [TestTopic], but left: Set<TopicPartition>) throws {
        let expected = Set(topics.flatMap(\.rows).filter { !left.contains(TopicPartition($0.topic, $0.partition)) })
        try wait("the rows of all other partitions are stored") { expected.isSubset(of: try stored(topics)) }
    }

    /// Of a partition whose second batch is refused, no row of it is stored.
    func expectRefused(_ partition: TopicPartition, _ topic: TestTopic) throws {
        let rows = try stored([topic]).filter { $0.partition == partition.partition }
        try expect(rows.allSatisfy { $0.offset < 7 }, "refused rows are stored")
        let offset = try committed([topic])[partition] ?? 0
        try expect(offset <= 7, "offset \(offset) of a refused partition is committed")
    }

    /// The cause is gone: all rows are stored, and nothing waits any more.
    func expectRecovery(_ topics: [TestTopic], _ connector: ConnectorUnderTest) throws {
        try waitUntilStored(topics)
        try waitUntilCommitted(topics)
        try expectAllStored(topics)
        try wait("the connector is ready") {
            connector.isReady && connector.metric("efd_partitions_quarantined") == 0
        }
    }

    fileprivate func recreateTopic() throws {
        let topic = TestTopic(
            name: ownTopic, partitions: try ConformanceRecords.good(partitions: 1))
        let other = try broker.plain()
        try broker.create(topic.name, partitions: 1)
        try broker.produce(topic)
        let quick = ["kafka.property": "topic.metadata.refresh.interval.ms=500;session.timeout.ms=6000"]
        let connector = try start([topic, other], settings: quick)
        try waitUntilStored([topic, other])
        try waitUntilCommitted([topic, other])
        let rebalances = connector.metric("efd_rebalances_total")
        try KafkaAdmin(try TestBroker.properties(broker.servers)).deleteTopics([topic.name])
        try wait("the partition is revoked") { connector.metric("efd_rebalances_total") > rebalances }
        let fewer = TestTopic(name: topic.name, partitions: [Array(topic.partitions[0].prefix(12))])
        try broker.create(topic.name, partitions: 1)
        try broker.produce(fewer)
        if capabilities.offsets == .destination {
            try waitForQuarantine(1, connector, naming: "created again")
            try destination.removeRows(of: topic.name)
            try expectRecovery([fewer, other], connector)
        } else {
            try waitUntilCommitted([fewer, other])
            try expectNoGap([fewer, other])
        }
    }
}
