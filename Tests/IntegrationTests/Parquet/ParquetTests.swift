import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// From Kafka to files that others read. With EFD_LONG_TESTS=1 in the size of the promises: see
    /// scripts/prove-parquet.
    @Suite(.serialized, .enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct ParquetTests {
        /// 1,000,000 records in the long form.
        @Test func everyRowIsReadBackBitForBit() throws {
            let flow = try ParquetFlow()
            let records = ParquetFlow.isLong ? 50_000 : 400
            let topics = try ProofTopics("Proof\(flow.name)", count: 20)
            let id = try topics.register(flow.registry.client(), broker: flow.broker)
            try topics.produce(0..<records, schemaID: id, properties: flow.broker.properties())
            let sink = try flow.sink(
                #"lsst\.sal\.\#(topics.prefix)\..*"#, ["--rotate-rows", "\(records / 3)", "--rotate-age", "3s"])
            try flow.waitUntilStored(records * topics.count, sink, seconds: ParquetFlow.isLong ? 300 : 60)
            #expect(sink.stop() == 0, "\(sink.output)")
            let report = try flow.verify(["--rows"])
            #expect(report.contains("20 topics, \(records * topics.count) rows"), "\(report)")
            let compared = try ProofReader.check(flow.output, topics, records: records, seconds: 600)
            #expect(compared == records * topics.count * 2, "pyarrow and DuckDB")
            if ParquetFlow.isLong { print("proof: \(compared) rows compared, pyarrow and DuckDB\n\(report)") }
        }

        /// 30 times in the long form.
        @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker knows no static members"))
        func killedAtRandomMomentsEveryRowIsThereOnce() throws {
            let report = try ParquetFlow().killAtRandom(
                kills: ParquetFlow.isLong ? 30 : 4, records: ParquetFlow.isLong ? 30_000 : 2_000)
            if ParquetFlow.isLong { print("proof: \(report)") }
        }

        /// The same into an object store that fails one request of ten; 30 times in the long form.
        @Test(
            .enabled(if: TestBroker.isRealWanted, "the embedded broker knows no static members"),
            .enabled(if: TestObjectStore.isAvailable, "needs the shared part s3"))
        func killedBeforeABadObjectStoreEveryRowIsThereOnce() throws {
            let objects = try TestObjectStore.shared.get()
            let gateway = try FaultyGateway(before: objects.url, share: 0.1)
            defer { gateway.stop() }
            let flow = try ParquetFlow(objects: objects, endpoint: gateway.url)
            let report = try flow.killAtRandom(
                kills: ParquetFlow.isLong ? 30 : 3, records: ParquetFlow.isLong ? 9_000 : 600)
            #expect(gateway.faults > 0)
            if ParquetFlow.isLong {
                print("proof: \(gateway.faults) of \(gateway.requests) requests failed, \(report)")
            }
        }
    }
}
