import EFDAvro
import EFDSink
import Testing

@testable import EFDParquet

@Suite struct ParquetPartitionTests {
    /// Large batches are kept as they are and small ones copied together; either way, rows keep their times.
    @Test func largeAndSmallBatchesKeepTheirTimes() throws {
        let rows = try TestRows.stamped()
        let partition = ParquetPartition(
            topic: rows.topic, partition: 0, position: .unknown, options: try SinkProcess.options(rotateRows: 1 << 20))
        let counts = [3, 4, BufferedChunk.copyLimit, 2, BufferedChunk.copyLimit + 100, 1, 5]
        var times: [Double] = []
        for count in counts {
            let more = (0..<count).map { 1_789_999_200 + Double(times.count + $0) }
            partition.append(try rows.batch(from: Int64(times.count), at: more))
            times += more
        }
        #expect(
            partition.chunks.map(\.rows.rowCount) == [7, BufferedChunk.copyLimit + 2, BufferedChunk.copyLimit + 106])
        #expect(partition.rowCount == times.count)
        #expect(partition.chunks.flatMap(\.times) == times.map { Int64($0) * 1_000_000 })
        #expect(partition.chunks.map { $0.runs.map(\.rows) } == partition.chunks.map { [0..<$0.rows.rowCount] })
        #expect(partition.byteCount == partition.chunks.reduce(0) { $0 + $1.byteCount + $1.rows.byteCount })
        partition.drop(below: 10)
        #expect(partition.chunks.count == 2 && partition.oldestOffset == 10)
        #expect(partition.byteCount == partition.chunks.reduce(0) { $0 + $1.byteCount + $1.rows.byteCount })
    }
}
