import EFDCore
import EFDKafka
import EFDSink

/// Rows are stored, then committed.
extension Requirement {
    static let slow = [
        // The reading thread waits for writers at a stop as long as they take; for revoked partitions it does not.
        Requirement("aStopWaitsForSlowWrites", of: [.buffers]) { run in
            let topics = [try run.broker.plain()]
            let script = SinkScript()
            script.closeGate(after: 1)
            let connector = try run.start(topics, script)
            try run.wait("rows wait to be stored") { script.waitingWrites > 0 }
            connector.beginStop()
            MonotonicClock.sleep(seconds: Self.longerThanRevokedWait)
            try run.expect(connector.state == .running, "the connector does not wait: it is \(connector.state)")
            script.openGate()
            connector.stop()
            try run.expect(connector.state == .stopped, "the connector is \(connector.state)")
            try run.expectNoGap(topics)
            try run.expectCommitOfAllStored(topics)
        }
    ]

    /// Seconds: the runtime waits 30 for the rows of revoked partitions.
    private static let longerThanRevokedWait = 32.0

    static let storing = [
        Requirement("everyRowIsStored") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let connector = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            let count = topics.reduce(0) { $0 + $1.rows.count }
            try run.wait("\(count) rows are counted, \(connector.metric("efd_records_stored_total")) are") {
                connector.metric("efd_records_stored_total") == count
            }
            try run.wait("the connector is ready") { connector.isReady }
            connector.stop()
            try run.expect(connector.state == .stopped, "the connector is \(connector.state)")
            try run.expectAllStored(topics)
        },
        Requirement("aStopStoresWhatWasRead") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            // Rows are in the sink's memory, or on their way to it.
            if run.capabilities.buffersRows { script.holdFlush(true) } else { script.closeGate(after: 3) }
            let connector = try run.start(topics, script)
            let count = topics.reduce(0) { $0 + $1.rows.count }
            try run.wait("rows wait to be stored") {
                run.capabilities.buffersRows ? script.acceptedRows == count : script.waitingWrites > 0
            }
            let before = try run.stored(topics).count
            connector.beginStop()
            script.openGate()
            connector.stop()
            try run.expect(connector.state == .stopped, "the connector is \(connector.state)")
            try run.expect(try run.stored(topics).count > before, "nothing was stored at the stop")
            try run.expectNoGap(topics)
            try run.expectCommitOfAllStored(topics)
            if run.capabilities.buffersRows { try run.expectAllStored(topics) }
            _ = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
        },
        Requirement("nothingIsCommittedBeforeItIsStored") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            let buffers = run.capabilities.buffersRows
            // One writer stores nothing; the other's partitions continue, and are committed.
            if buffers { script.holdFlush(true) } else { script.closeGate(after: 0, writer: 0) }
            _ = try run.start(topics, script)
            if buffers {
                let count = topics.reduce(0) { $0 + $1.rows.count }
                try run.wait("all rows are buffered, and were not due twice") {
                    script.acceptedRows == count && script.count(.flush) >= 5
                }
                // Where nothing is stored, the partition's beginning may be committed.
                let early = try run.committed(topics).filter { $0.value > 0 }
                try run.expect(early.isEmpty, "buffered rows are committed: \(early)")
                try run.expect(try run.stored(topics).isEmpty, "the sink says that stored rows are buffered")
            } else {
                let half = topics.reduce(0) { $0 + $1.rows.count } / 2
                try run.wait("the other writer stores half of the rows") { try run.stored(topics).count == half }
                try run.wait("half of the partitions are committed") {
                    try run.committed(topics).filter { $0.value == 30 }.count == 2
                }
                try run.expect(
                    try run.committed(topics).count == 2, "rows that wait are committed")
            }
            script.holdFlush(false)
            script.openGate()
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
        },
    ]
}

extension ConformanceRun {
    /// All that is stored is committed, as after a stop in good order.
    func expectCommitOfAllStored(_ topics: [TestTopic]) throws {
        let committed = try self.committed(topics)
        var ends: [TopicPartition: Int64] = [:]
        for row in try stored(topics) {
            let partition = TopicPartition(row.topic, row.partition)
            ends[partition] = max(ends[partition] ?? 0, row.offset + 1)
        }
        try expect(committed == ends, "\(committed) is committed, \(ends) is stored")
    }
}
