import EFDCore
import EFDSink
import Foundation

@testable import EFDParquet

/// One life of a sink that stores one partition, as the runtime would drive it, with the consumer group's commit.
struct SinkProcess {
    /// What outlives processes.
    final class Cluster {
        var committed: Int64 = 0
    }

    enum End: Equatable { case finished, killed, fenced }

    let topic: TestTopic
    let cluster: Cluster
    let store: any FileStore
    var batchRows = 17
    var rotateRows = 60

    static func options(rotateRows: Int) throws -> ParquetSink.Options {
        ParquetSink.Options(
            layout: try PathLayout(length: 3600, format: "year=%Y/month=%m/day=%d/hour=%H"),
            timeFields: ["private_efdStamp"], format: ParquetFormat(),
            rotation: Rotation(
                policy: FlushPolicy(rows: rotateRows, bytes: 1 << 30, age: 1e9, idle: 1e9), timePartitions: 1000))
    }

    func writer() throws -> (writer: ParquetSinkWriter, position: Position) {
        let position = try store.position(of: topic.name, 0)
        let publisher = Publisher(store: store, staging: try store.makeStaging(), format: ParquetFormat(), log: .silent)
        let options = try Self.options(rotateRows: rotateRows)
        return (
            ParquetSinkWriter(
                publisher, options, budget: MemoryBudget(limit: 1 << 40), metrics: ParquetMetrics(Metrics()),
                log: .silent
            ) { _, _ in position }, position
        )
    }

    /// Reads from the destination's position, until the topic or the process ends.
    func run() throws -> End {
        let writer: ParquetSinkWriter
        var next: Int64
        do {
            let made = try self.writer()
            writer = made.writer
            next = made.position.offset ?? cluster.committed
        } catch { return .killed }
        while let batch = try topic.batch(from: next, count: batchRows) {
            switch writer.write([batch]) {
            case .failed: return .killed
            case .fenced: return .fenced
            case .written, .refused: break
            }
            next = (batch.offsets.last ?? next) + 1
            if let end = flush(writer, next, all: false) { return end }
        }
        return flush(writer, next, all: true) ?? .finished
    }

    /// nil: it worked, and is committed.
    func flush(_ writer: ParquetSinkWriter, _ next: Int64, all: Bool) -> End? {
        switch writer.flush(all: all) {
        case .flushed: cluster.committed = writer.oldestBufferedOffset(of: topic.name, 0) ?? next
        case .failed: return .killed
        case .fenced: return .fenced
        }
        return nil
    }
}
