import EFDAvro
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDCore
@testable import EFDSink

/// Returns the outcomes that a test sets, and records its calls.
private final class ScriptedWriter: SinkWriter {
    private var answers: [WriteOutcome]
    private(set) var rows: [Int] = []

    init(_ answers: [WriteOutcome]) { self.answers = answers }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        rows.append(batches.reduce(0) { $0 + $1.rowCount })
        return answers.isEmpty ? .written([]) : answers.removeFirst()
    }
}

private struct ScriptedSink: Sink {
    let name = "scripted"
    let capabilities = SinkCapabilities()
    func open(_ log: Log) {}
    func makeWriter(_ index: Int) -> any SinkWriter { ScriptedWriter([]) }
}

@Suite struct WriterLoopTests {
    private let scope = Scope(program: "probe")
    private var metrics: Metrics { scope.metrics }
    private var health: Health { scope.health }
    private var stop: StopToken { scope.stop }

    private func batch(_ topic: String, _ partition: Int32, from first: Int64 = 0, rows: Int) throws -> TopicBatch {
        let plan = try AvroPlan(
            try AvroSchema.parse(#"{"type":"record","name":"R","fields":[{"name":"v","type":"long"}]}"#))
        let batch = TopicBatch(topic: topic, partition: partition, schemaID: 1, plan: plan)
        for row in 0..<rows {
            let body: [UInt8] = [UInt8(row * 2)]
            try body.withUnsafeBytes { raw in
                Result { () throws(AvroFault) in try batch.append(raw, offset: first + Int64(row), timestamp: nil) }
            }.get()
        }
        return batch
    }

    private func writeBatch(rows: Int) throws -> WriteBatch {
        let writeBatch = WriteBatch(writer: 0)
        writeBatch.batches.append(try batch("t", 0, rows: rows))
        return writeBatch
    }

    /// Runs one writeBatch through a writer with these answers.
    private func run(_ answers: [WriteOutcome], rows: Int = 3) throws -> (
        writeBatch: WriteBatch, writer: ScriptedWriter
    ) {
        let (writeBatches, writer) = try run([try writeBatch(rows: rows)], answers)
        return (try #require(writeBatches.first), writer)
    }

    private func run(_ writeBatches: [WriteBatch], _ answers: [WriteOutcome]) throws -> (
        writeBatches: [WriteBatch], writer: ScriptedWriter
    ) {
        let (queue, finished) = (BoundedQueue<WriteBatch>(capacity: 1), BoundedQueue<WriteBatch>(capacity: 3))
        let writer = ScriptedWriter(answers)
        let letters = DeadLetterQueue(
            try KafkaProperties(bootstrapServers: "127.0.0.1:1"), topic: "dead", connector: "g", task: 0,
            hooks: KafkaHooks(), scope: scope)
        let loop = WriterLoop(
            index: 0, writer: writer, sink: ScriptedSink(), queue: queue, finished: finished, deadLetters: letters,
            metrics: SinkMetrics(metrics, byTopic: false), scope: scope)
        let feeder = JoinableThread("feeder") {
            for writeBatch in writeBatches { queue.push(writeBatch) }
            queue.close()
        }
        let taken = Locked<[WriteBatch]>([])
        let taker = JoinableThread("taker") {
            while taken.withLock({ $0.count }) < writeBatches.count, let writeBatch = finished.pop(waitingAtMost: 60) {
                taken.withLock { $0.append(writeBatch) }
            }
        }
        loop.run()
        feeder.join()
        taker.join()
        return (taken.withLock { $0 }, writer)
    }

    @Test func whatIsWrittenIsStoredAndCounted() throws {
        let (writeBatch, writer) = try run([.written([])])
        #expect(writeBatch.isStored)
        #expect(writer.rows == [3])
        #expect(health.isReady)
    }

    @Test func aFailedWriteIsRepeatedWhole() throws {
        let passing = EFDError("a.b", "busy", recovery: .retry)
        let (writeBatch, writer) = try run([.failed(passing), .failed(passing), .written([])])
        #expect(writeBatch.isStored)
        #expect(writer.rows == [3, 3, 3])
        #expect(metrics.text.contains("efd_write_retries_total 2"))
    }

    @Test func whatAPersonMustMendFailsReadinessAtOnce() throws {
        let lasting = EFDError("a.b", "wrong password", remedy: "Give the right one.")
        stop.onStop {}
        let ender = JoinableThread("ender") { [stop] in
            stop.wait(seconds: 0.3)
            stop.stop()
        }
        let (writeBatch, _) = try run(Array(repeating: .failed(lasting), count: 100))
        ender.join()
        #expect(!writeBatch.isStored)
        #expect(health.conditions.first?.isMet == false)
        #expect(health.conditions.first?.message.contains("Give the right one.") == true)
    }

    @Test func aStopLeavesUnstoredWorkUncommitted() throws {
        stop.stop()
        let (writeBatch, writer) = try run([.failed(EFDError("a.b", "down", recovery: .retry))])
        #expect(!writeBatch.isStored)
        #expect(writer.rows.count == 1)
    }

    @Test func rejectedRowsThatCannotBeDeadLetteredAreNotStored() throws {
        // No broker answers on port 1: the writeBatch must come back unstored once the process stops.
        stop.stop()
        let (writeBatch, _) = try run([
            .written([Rejection(batch: 0, row: 1, reason: EFDError("x.y", "never", recovery: .reject))])
        ])
        #expect(!writeBatch.isStored)
    }

    /// One partition waits for a person; the other's rows are written, and nothing more of the first until it came
    /// again.
    @Test func aRefusedPartitionIsLeftOut() throws {
        let metrics = SinkMetrics(metrics, byTopic: false)
        let (bad, good) = (
            AssignedPartition(TopicPartition("bad", 0), number: 0, writer: 0, metrics: metrics.topic("bad")),
            AssignedPartition(TopicPartition("good", 3), number: 1, writer: 0, metrics: metrics.topic("good"))
        )
        func mixed(_ first: Int64) throws -> WriteBatch {
            let writeBatch = WriteBatch(writer: 0)
            for state in [bad, good] {
                let partition = state.partition
                writeBatch.batches.append(try batch(partition.topic, partition.partition, from: first, rows: 2))
                writeBatch.progress.append(.init(state: state, assignment: state.assignment, nextOffset: first + 2))
            }
            return writeBatch
        }
        let writeBatches = [
            try mixed(10), try mixed(12),
            try {
                bad.publish(assignment: 1)
                return try mixed(10)
            }(),
        ]
        let reason = EFDError("a.recreated", "recreated")
        let (done, writer) = try run(writeBatches, [.refused([Refusal(batch: 0, reason: reason)])])
        #expect(writer.rows == [4, 2, 2, 4], "all, then without the refused; without it; with it again")
        #expect(done.allSatisfy { $0.isStored })
        let (progress, refused) = (
            done.map { $0.progress.map(\.state.partition.topic) }, done.map { $0.refused.map(\.offset) }
        )
        #expect(progress == [["good"], ["good"], ["bad", "good"]])
        #expect(refused == [[10], [], []])
        #expect(done.first?.refused.first?.reason.code == "a.recreated")
    }

    @Test func aFullWriterIsSentNoMore() throws {
        let plugin = SinkPlugin(
            name: "probe", summary: "", sections: [], examples: [], check: { _ in },
            make: { _, _, _ in ScriptedSink() })
        let settings = try Settings.parse(plugin.connectorTable, layers: [], resources: .process)
        let dispatcher = WriteDispatcher(writers: 2, limits: SinkLimits(settings))
        for _ in 0..<SinkLimits.queuedBatches { #expect(dispatcher.sendFlush(0)) }
        #expect(!dispatcher.sendFlush(0))
        #expect(dispatcher.inFlightCount == SinkLimits.queuedBatches)
        // Of each writer the queued batches, the one that it has, and a report come back without a wait.
        #expect(dispatcher.finished.capacity >= 2 * (SinkLimits.queuedBatches + 2))
    }
}
