import EFDCore
import EFDHTTP
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet
@testable import EFDS3

/// Killed, fenced and badly connected, the sink stores every row once in an object store too. With EFD_LONG_TESTS=1
/// every operation is a place to die at, otherwise each fifth.
@Suite(
    .enabled(if: Python.interpreter != nil && TestObjectStore.isAvailable, "needs scripts/setup and the shared part s3")
) struct ObjectCrashTests {
    private static let stride = ProcessInfo.processInfo.environment["EFD_LONG_TESTS"] == "1" ? 1 : 5

    private func bucket() throws -> String { try TestObjectStore.shared.get().makeBucket() }

    @Test(arguments: [MortalStore.Death.before, .behind])
    func killedAtAnOperationEveryRowIsStoredOnce(death: MortalStore.Death) throws {
        let topic = try TestTopic(end: 330)
        var operation = death == .before ? 0 : 2
        var isThrough = false
        while !isThrough {
            let store = try TestOutput.store(bucket())
            let cluster = SinkProcess.Cluster()
            let mortal = MortalStore(store, dyingAfter: operation, death)
            let end = try SinkProcess(topic: topic, cluster: cluster, store: mortal).run()
            isThrough = end == .finished && !mortal.isDead
            let before = Set(try store.files(below: topic.name).map(\.path))
            var next = SinkProcess(topic: topic, cluster: cluster, store: store)
            next.batchRows = 5 + operation % 23
            next.rotateRows = 40 + operation % 50
            #expect(try next.run() == .finished)
            #expect(
                before.isSubset(of: try store.files(below: topic.name).map(\.path)),
                "operation \(operation): a file that readers saw is gone")
            #expect(try store.numbers(of: topic.name) == topic.offsets, "killed \(death) operation \(operation)")
            operation += Self.stride
        }
        #expect(operation > 30, "there are as many operations as places to die at")
    }

    /// One request of ten fails: half of those never arrive, of the others the answer is lost.
    @Test func oneRequestOfTenFailsAndEveryRowIsStoredOnce() throws {
        let topic = try TestTopic(end: 1000)
        let bucket = try bucket()
        let gateway = try FaultyGateway(before: TestObjectStore.shared.get().url, share: 0.1)
        defer { gateway.stop() }
        let store = try TestOutput.store(bucket, address: gateway.url)
        try store.check()
        var process = SinkProcess(topic: topic, cluster: .init(), store: store)
        process.rotateRows = 40
        #expect(try process.run() == .finished)
        #expect(gateway.faults > 5 && gateway.requests > 100, "\(gateway.faults) of \(gateway.requests)")
        let direct = try TestOutput.store(bucket)
        #expect(try direct.numbers(of: topic.name) == topic.offsets)
        let records = try FileWalk(store: direct, staging: direct.makeStaging()).records(of: topic.name) {
            Issue.record("\($0)")
        }
        #expect(Coverage(records, claimed: try direct.claimed(of: topic.name)[0]).faults.isEmpty)
    }

    /// So many answers are lost that calls fail permanently, and the runtime's own retries, with the same rows, have to
    /// find the published files.
    @Test func publicationsThatFailForGoodAreRepeatedWithoutASecondFile() throws {
        let topic = try TestTopic(end: 300)
        let bucket = try bucket()
        let gateway = try FaultyGateway(before: TestObjectStore.shared.get().url, share: 0.4, seed: 3)
        defer { gateway.stop() }
        let store = try TestOutput.store(bucket, address: gateway.url, attempts: 1)
        let cluster = SinkProcess.Cluster()
        var lives = 0
        while lives < 2000 {
            lives += 1
            if try SinkProcess(topic: topic, cluster: cluster, store: store).run() == .finished { break }
        }
        #expect(lives > 5 && lives < 2000)
        #expect(try TestOutput.store(bucket).numbers(of: topic.name) == topic.offsets)
    }

    /// Two processes that both believe to own a partition: one of them has its claim, the other hears that it was
    /// fenced.
    @Test func ofTwoProcessesOneIsOvertaken() throws {
        let topic = try TestTopic(end: 330)
        let store = try TestOutput.store(bucket())
        let cluster = SinkProcess.Cluster()
        let one = SinkProcess(topic: topic, cluster: cluster, store: store)
        let (sleeper, _) = try one.writer()
        _ = sleeper.write([try #require(try topic.batch(from: 0, count: 30))])
        #expect(try SinkProcess(topic: topic, cluster: cluster, store: store).run() == .finished)
        #expect(one.flush(sleeper, 50, all: true) == .fenced)
        #expect(try store.numbers(of: topic.name) == topic.offsets)
    }

    @Test(.enabled(if: Toxiproxy.isAvailable, "needs the shared part toxiproxy")) func aBadNetworkIsOutlasted() throws {
        let topic = try TestTopic(end: 330)
        let bucket = try bucket()
        let proxy = try Toxiproxy.shared.get().proxy(
            to: String(TestObjectStore.shared.get().url.dropFirst("http://".count)))
        let store = try TestOutput.store(bucket, address: "http://\(proxy.address)", attempts: 30)
        try proxy.add("latency", .downstream, ["latency": 5, "jitter": 5])
        // Connections close after so many bytes, with any request in flight.
        try proxy.add("limit_data", .downstream, ["bytes": 4000])
        let down = JoinableThread("down") {
            MonotonicClock.sleep(seconds: 0.5)
            try? proxy.setUp(false)
            MonotonicClock.sleep(seconds: 2)
            try? proxy.setUp(true)
        }
        let end = try SinkProcess(topic: topic, cluster: .init(), store: store).run()
        down.join()
        #expect(end == .finished)
        #expect(try TestOutput.store(bucket).numbers(of: topic.name) == topic.offsets)
    }

    /// A store that ignores conditions would let two processes store the same rows: it is not used.
    @Test func aStoreWithoutConditionsIsRefused() throws {
        let server = try HTTPServer(HTTPServerOptions()) { _ in HTTPResponse(status: 200) }
        defer { server.stop() }
        let error = #expect(throws: EFDError.self) {
            try TestOutput.store("bucket", address: "http://\(server.address)").check()
        }
        #expect(error?.code == "parquet.storeUnfit" && error?.recovery == .intervene)
    }
}
