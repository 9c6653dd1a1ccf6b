import EFDCore
import EFDSink
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// A recreated topic has other records at the offsets that are stored.
@Suite struct OffsetOrderTests {
    private let local = LocalStore(
        root: FileManager.default.temporaryDirectory.appending(path: "efd-recreated-\(UUID().uuidString)").path)

    private func refusal(_ writer: ParquetSinkWriter, _ batch: TopicBatch?) throws -> String? {
        guard case .refused(let refusals) = writer.write([try #require(batch)]) else { return nil }
        #expect(refusals.map(\.batch) == [0])
        return refusals.first?.reason.code.description
    }

    @Test func offsetsThatStartAgainAreNotStoredBesideTheOld() throws {
        let topic = try TestTopic(end: 100)
        let process = SinkProcess(topic: topic, cluster: SinkProcess.Cluster(), store: local)
        #expect(try process.run() == .finished)

        // Found at the next start, and while running.
        let (writer, position) = try process.writer()
        #expect(position.offset == 100)
        #expect(try refusal(writer, topic.batch(from: 0, count: 10)) == "parquet.offsetsRestarted")
        let more = try TestTopic(end: 200)
        #expect(try refusal(writer, more.batch(from: 100, count: 10)) == nil)
        #expect(try refusal(writer, more.batch(from: 50, count: 10)) == "parquet.offsetsRestarted")
        #expect(try refusal(writer, more.batch(from: 112, count: 10)) == nil)

        guard case .flushed = writer.flush(all: true) else { throw EFDError("test.notSettled", "") }
        let files = try FileWalk(store: local, staging: nil).records(of: topic.name) { Issue.record($0) }
        let coverage = Coverage(files, claimed: try local.claimed(of: topic.name)[0])
        #expect(coverage.faults.isEmpty && coverage.range == 0..<123)
    }
}
