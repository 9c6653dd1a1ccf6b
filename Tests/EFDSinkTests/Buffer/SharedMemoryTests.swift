import EFDAvro
import EFDCore
import Synchronization
import Testing

@testable import EFDSink

/// Many connectors in one process, each with its own buffers over the same topics.
@Suite struct SharedMemoryTests {
    /// A process with fixed overhead and the buffered rows of its connectors.
    private final class Process: Sendable {
        static let overhead = 24 << 20
        let budget: MemoryBudget
        /// Of the rows of all connectors, at any time.
        let peak = Atomic<Int>(0)
        let batches: TestBatches

        init(limit: Int) throws {
            batches = try TestBatches()
            let known = Locked<MemoryBudget?>(nil)
            budget = MemoryBudget(limit: limit) { Self.overhead + (known.withLock { $0 }?.bytes ?? 0) }
            known.withLock { [budget] in $0 = budget }
        }
    }

    /// A writer that flushes on request.
    private struct Connector {
        let process: Process
        let buffer: RowBuffer<BufferedPartition>
        var flushed = 0

        init(_ process: Process) {
            self.process = process
            buffer = RowBuffer(process.budget)
        }

        mutating func write(_ batch: TopicBatch) {
            while buffer.mustShrink, let largest = buffer.largest() { flush(largest) }
            buffer.append(batch) { BufferedPartition(topic: batch.topic, partition: batch.partition) }
            process.peak.max(process.budget.bytes, ordering: .relaxed)
        }

        mutating func flush(_ rows: BufferedPartition) {
            flushed += rows.rowCount
            buffer.change(rows) { $0.drop(below: .max) }
        }
    }

    /// On as many threads; one of them brings ten times the rows of the others. All end, and all rows together stay
    /// within the bound that `MemoryBudget` states.
    @Test func tenConnectorsOverAllTopicsStayWithinTheLimit() throws {
        let (connectors, topics) = (10, 3188)
        let process = try Process(limit: 80 << 20)
        let threads = ThreadGroup()
        let flushed = Locked<[Int]>([])
        for index in 0..<connectors {
            threads.add(
                JoinableThread("connector-\(index)") {
                    var connector = Connector(process)
                    for topic in 0..<topics {
                        connector.write(process.batches.batch("t\(topic)", from: 0, count: index == 0 ? 10 : 1))
                    }
                    for rows in connector.buffer.all { connector.flush(rows) }
                    flushed.withLock { [count = connector.flushed] in $0.append(count) }
                })
        }
        threads.join()
        #expect(flushed.withLock { $0.sorted() } == [Int](repeating: topics, count: connectors - 1) + [10 * topics])
        #expect(process.budget.bytes == 0)
        let allowance = process.budget.allowance(resident: Process.overhead, buffered: 0)
        let batch = process.batches.batch("t", from: 0, count: 10)
        let write = BufferedChunk(batch).byteCount
        let peak = process.peak.load(ordering: .relaxed)
        #expect(peak > allowance / 2, "\(peak) bytes need no limit")
        #expect(peak <= allowance * 5 / 4 + connectors * write, "\(peak) bytes where \(allowance) are allowed")
    }

    /// The destination of one is broken: it neither flushes nor accepts rows. The others continue.
    @Test func aConnectorThatIsStuckHoldsUpNobody() throws {
        let process = try Process(limit: 64 << 20)
        var stuck = Connector(process)
        var topic = 0
        while !stuck.buffer.mustShrink {
            stuck.write(process.batches.batch("t\(topic)", from: 0, count: 8))
            topic += 1
        }
        let threads = ThreadGroup()
        let seen = Locked(0)
        for index in 0..<4 {
            threads.add(
                JoinableThread("connector-\(index)") {
                    var connector = Connector(process)
                    for topic in 0..<500 { connector.write(process.batches.batch("t\(topic)", from: 0, count: 1)) }
                    seen.withLock { [count = connector.flushed + connector.buffer.rowCount] in $0 += count }
                })
        }
        threads.join()
        #expect(seen.withLock { $0 } == 4 * 500)
        let allowance = process.budget.allowance(resident: Process.overhead, buffered: 0)
        #expect(process.peak.load(ordering: .relaxed) <= allowance * 5 / 4 + 5 * 4096)
    }
}
