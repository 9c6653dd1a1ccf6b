import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// From Kafka to files that others read. With EFD_LONG_TESTS=1 in the size of the promises: see scripts/prove-parquet.
    @Suite(.serialized, .enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct ParquetTests {
        /// 1,000,000 records in the long form.
        @Test func everyRowIsReadBackBitForBit() throws {
            let flow = try ParquetFlow()
            let records = ParquetFlow.isLong ? 50_000 : 400
            let topics = try ProofTopics("Proof\(flow.name)", count: 20)
            let id = try topics.register(flow.registry.client(), broker: flow.broker)
            try topics.produce(0..<records, schemaID: id, properties: flow.broker.properties())
            let sink = try flow.sink(#"lsst\.sal\.\#(topics.prefix)\..*"#, ["--rotate-rows", "\(records / 3)", "--rotate-age", "3s"])
            try flow.waitUntilStored(records * topics.count, sink, seconds: ParquetFlow.isLong ? 300 : 60)
            #expect(sink.stop() == 0, "\(sink.output)")
            let said = try flow.verify(["--rows"])
            #expect(said.contains("20 topics, \(records * topics.count) rows"), "\(said)")
            let compared = try ProofReader.check(flow.output, topics, records: records, seconds: 600)
            #expect(compared == records * topics.count * 2, "pyarrow and DuckDB")
            if ParquetFlow.isLong { print("proof: \(compared) rows compared, pyarrow and DuckDB\n\(said)") }
        }

        /// 30 times in the long form.
        @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker knows no static members")) func killedAtRandomMomentsEveryRowIsThereOnce() throws {
            let flow = try ParquetFlow()
            let (kills, records) = ParquetFlow.isLong ? (30, 30_000) : (4, 2_000)
            let topics = try ProofTopics("Kill\(flow.name)", count: 4)
            let id = try topics.register(flow.registry.client(), broker: flow.broker)
            let producing = WorkerGroup()
            let failure = Locked<String?>(nil)
            producing.add(
                Worker("producer") {
                    // In parts, so that rows keep coming while the sink lives and dies.
                    let part = records / (kills * 4)
                    for start in stride(from: 0, to: records, by: part) {
                        do { try topics.produce(start..<min(records, start + part), schemaID: id, properties: flow.broker.properties()) } catch {
                            failure.withLock { $0 = "\(error)" }
                        }
                        MonotonicClock.sleep(seconds: 0.3)
                    }
                })
            var random = SeededGenerator(seed: 20)
            let arguments = ["--rotate-rows", "97", "--rotate-age", "1s", "--commit-interval", "100ms"]
            let pattern = #"lsst\.sal\.\#(topics.prefix)\..*"#
            for _ in 0..<kills {
                let sink = try flow.sink(pattern, arguments)
                MonotonicClock.sleep(seconds: Double.random(in: 0.3...3, using: &random))
                sink.kill()
                if FileManager.default.fileExists(atPath: flow.output) { try flow.verify() }
            }
            producing.join()
            #expect(failure.withLock { $0 } == nil)
            let sink = try flow.sink(pattern, arguments)
            _ = try until(seconds: 120, "rows are missing:\n\((try? flow.verify()) ?? "")\n\(sink.output)") {
                try? flow.verify().contains(", \(records * topics.count) rows") == true ? true : nil
            }
            #expect(sink.stop() == 0, "\(sink.output)")
            let said = try flow.verify(["--rows"])
            let compared = try ProofReader.check(flow.output, topics, records: records, seconds: 600)
            #expect(compared == records * topics.count * 2)
            if ParquetFlow.isLong { print("proof: \(kills) kills, \(compared) rows compared\n\(said)") }
        }
    }
}
