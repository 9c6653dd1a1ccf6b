import EFDAvro
import EFDSink
import Testing

@testable import EFDParquet

@Suite struct HeldPartitionTests {
    /// Large batches are kept as they are and small ones copied together; whichever, rows stay in order and with their
    /// times.
    @Test func largeAndSmallBatchesKeepTheirRowsInOrder() throws {
        let layout = try PathLayout(length: 3600, format: "year=%Y/month=%m/day=%d/hour=%H")
        let rows = try TestRows.stamped()
        let held = BufferedPartition(topic: rows.topic, partition: 0, position: .unknown)
        let counts = [3, 4, BufferedChunk.copyLimit, 2, BufferedChunk.copyLimit + 100, 1, 5]
        var times: [Double] = []
        for count in counts {
            let more = (0..<count).map { 1_789_999_200 + Double(times.count + $0) }
            held.append(try rows.batch(from: Int64(times.count), at: more), layout, timeFields: ["private_efdStamp"])
            times += more
        }
        #expect(held.chunks.map(\.rowCount) == [7, BufferedChunk.copyLimit + 2, BufferedChunk.copyLimit + 106])
        #expect(held.rowCount == times.count)
        #expect(held.chunks.flatMap(\.offsets) == (0..<Int64(times.count)).map { $0 })
        #expect(
            held.chunks.flatMap { Array($0.columns.float64("private_efdStamp") ?? .init(start: nil, count: 0)) }
                == times)
        #expect(held.byteCount == held.chunks.reduce(0) { $0 + $1.byteCount })
    }
}
