import EFDAvro
import EFDSink

/// A chunk of buffered rows with the moment and the time partition of each. Not thread-safe; owned by one thread.
final class ParquetChunk {
    /// Adjacent rows of one time partition.
    struct Run {
        let timePartition: Int64
        var rows: Range<Int>
    }

    let rows: BufferedChunk
    /// The column with the rows' event time; nil: rows have the times of their Kafka records.
    let timeColumn: String?
    /// The event time of each row, in microseconds since 1970.
    private(set) var times: [Int64] = []
    private(set) var runs: [Run] = []
    /// The newest time partition of any row so far.
    private(set) var latestTimePartition = Int64.min

    init(_ rows: BufferedChunk, timeColumn: String?) { (self.rows, self.timeColumn) = (rows, timeColumn) }

    /// Bytes of times and runs.
    var byteCount: Int { times.capacity * 8 + runs.capacity * MemoryLayout<Run>.stride }

    /// The newest and the oldest time partition among the unpublished rows.
    var newestTimePartition: Int64? { liveRuns.map(\.timePartition).max() }
    var oldestTimePartition: Int64? { liveRuns.map(\.timePartition).min() }

    private var liveRuns: some Sequence<Run> {
        runs.lazy.filter { [start = rows.liveRows.lowerBound] in $0.rows.upperBound > start }
    }

    /// Adds the rows of a batch that were just appended to `rows`.
    func note(_ batch: TopicBatch, _ time: EventTime?, _ layout: PathLayout) {
        let first = times.count
        if let time {
            time.appendMicroseconds(of: batch.columns, recordTimes: batch.timestamps, to: &times)
        } else {
            for time in batch.timestamps { times.append(EventTime.microseconds(ofRecord: time)) }
        }
        var bounds = runs.last.map { layout.microseconds($0.timePartition) } ?? 0..<0
        for row in first..<times.count where !bounds.contains(times[row]) {
            endRun(at: row)
            let timePartition = layout.timePartition(microseconds: times[row])
            bounds = layout.microseconds(timePartition)
            runs.append(Run(timePartition: timePartition, rows: row..<row + 1))
            latestTimePartition = max(latestTimePartition, timePartition)
        }
        endRun(at: times.count)
    }

    private func endRun(at end: Int) {
        if let last = runs.last { runs[runs.count - 1].rows = last.rows.lowerBound..<end }
    }

    /// The offset after the last row that is older than a time partition; nil if none is.
    func end(before timePartition: Int64) -> Int64? {
        let start = rows.liveRows.lowerBound
        return runs.last { $0.timePartition < timePartition && $0.rows.upperBound > start }
            .map { rows.offsets[$0.rows.upperBound - 1] + 1 }
    }
}
