import EFDAvro
import EFDCore
import Testing

@testable import EFDSink

/// Rows that a writer keeps: by partition, in order, accounted for.
@Suite struct RowBufferTests {
    private let batches: TestBatches
    private let budget = MemoryBudget(limit: 1 << 40)
    private let buffer: RowBuffer<BufferedPartition>

    init() throws {
        batches = try TestBatches()
        buffer = RowBuffer(budget)
    }

    @discardableResult
    private func append(_ batch: TopicBatch) -> BufferedPartition {
        buffer.append(batch) { BufferedPartition(topic: batch.topic, partition: batch.partition) }
    }

    /// Large batches are kept as they are and small ones copied together; either way, rows stay in order.
    @Test func largeAndSmallBatchesKeepTheirRowsInOrder() throws {
        let limit = BufferedChunk.copyLimit
        var next: Int64 = 0
        for count in [3, 4, limit, 2, limit + 100, 1, 5] {
            let batch = batches.batch("t", from: next, count: count)
            let rows = append(batch)
            if count >= limit { #expect(rows.chunks.last?.columns === batch.columns, "no copy") }
            next += Int64(count)
        }
        let rows = try #require(buffer.rows(of: "t", 0))
        #expect(rows.chunks.map(\.rowCount) == [7, limit + 2, limit + 106])
        #expect(rows.chunks.flatMap(\.offsets) == Array(0..<next))
        #expect(
            rows.chunks.flatMap { Array($0.columns.float64("f0") ?? .init(start: nil, count: 0)) }
                == (0..<next).map(Double.init))
        #expect(rows.byteCount == rows.chunks.reduce(0) { $0 + $1.byteCount })
        #expect(buffer.byteCount == rows.byteCount && buffer.rowCount == Int(next) && budget.bytes == rows.byteCount)
    }

    @Test func aChunkHasOneSchema() throws {
        append(batches.batch("t", from: 0, count: 2))
        let rows = append(batches.batch("t", schemaID: 2, from: 2, count: 2))
        #expect(rows.chunks.map(\.schemaID) == [1, 2])
    }

    @Test func droppedRowsGiveTheirMemoryBack() throws {
        append(batches.batch("t", from: 10, count: 600))
        let rows = append(batches.batch("t", from: 610, count: 700))
        #expect(rows.oldestOffset == 10 && rows.newestOffset == 1309)
        buffer.change(rows) { $0.drop(below: 620) }
        #expect(rows.oldestOffset == 620 && rows.chunks.count == 1 && rows.chunks[0].liveRows == 10..<700)
        #expect(buffer.rowCount == 690 && budget.bytes == rows.byteCount)
        buffer.change(rows) { $0.drop(below: .max) }
        #expect(rows.isEmpty && rows.oldestOffset == nil && buffer.rowCount == 0 && budget.bytes == 0)
        append(batches.batch("t", from: 5000, count: 1))
        #expect(rows.oldestOffset == 5000)
    }

    @Test func theLargestPartitionIsFoundAndADiscardedOneIsGone() throws {
        append(batches.batch("a", 0, from: 0, count: 100))
        let larger = append(batches.batch("a", 1, from: 0, count: 300))
        append(batches.batch("b", 1, from: 0, count: 200))
        #expect(buffer.largest() === larger)
        #expect(buffer.largest { $0 !== larger }?.topic == "b")
        #expect(buffer.discard("a", 1) === larger && buffer.discard("a", 1) == nil)
        #expect(buffer.rows(of: "a", 1) == nil && buffer.all.count == 2 && buffer.rowCount == 300)
        #expect(budget.bytes == buffer.all.reduce(0) { $0 + $1.byteCount })
    }

    @Test func rowsAreDueByNumberMemoryAndAge() throws {
        let rows = append(batches.batch("t", from: 0, count: 100))
        func isDue(_ policy: FlushPolicy, after seconds: Double = 0) -> Bool {
            policy.isDue(rows, now: rows.since + seconds)
        }
        #expect(isDue(FlushPolicy(rows: 100, bytes: .max, age: 60)))
        #expect(!isDue(FlushPolicy(rows: 101, bytes: .max, age: 60)))
        #expect(isDue(FlushPolicy(rows: .max, bytes: rows.byteCount, age: 60)))
        #expect(!isDue(FlushPolicy(rows: .max, bytes: rows.byteCount + 1, age: 60)))
        let aged = FlushPolicy(rows: .max, bytes: .max, age: 60, idle: 10)
        #expect(!isDue(aged, after: 9.9) && isDue(aged, after: 10.1))
        MonotonicClock.sleep(seconds: 0.01)
        append(batches.batch("t", from: 100, count: 1))
        #expect(!isDue(aged, after: 10), "the last row came later")
        #expect(isDue(FlushPolicy(rows: .max, bytes: .max, age: 60), after: 60.1))
        buffer.change(rows) { $0.drop(below: .max) }
        #expect(!aged.isDue(rows, now: .infinity), "there is nothing to flush")
    }
}
