import EFDAvro
import EFDCore
import EFDHTTP
import EFDSink
import EFDTestKit
import Testing

@testable import EFDInflux

/// The writer against a real server: stored, rejected and retriable writes.
@Suite("Writing", .serialized)
struct InfluxWriterTests {
    let server: TestInflux
    init() throws { server = try TestInflux.shared.get() }

    private let metrics = InfluxMetrics(Metrics())

    private func target(_ database: String, url: String? = nil, _ desired: DatabaseSetup.DesiredDatabase = .init())
        throws
        -> InfluxTarget
    {
        let target = InfluxTarget(url: try HTTPURL(url ?? server.url), database: database)
        _ = try DatabaseSetup(target: target, desired: desired, log: .silent).run()
        return target
    }

    private func writer(_ target: InfluxTarget, requestSize: Int = 10_000_000, retention: Double? = nil) -> InfluxWriter
    {
        InfluxWriter(
            target, LineOptions(), requestSize: requestSize, retention: retention, metrics: metrics, log: .silent)
    }

    private func rejections(_ outcome: WriteOutcome) throws -> [Rejection] {
        switch outcome {
        case .written(let rejections): return rejections
        case .failed(let error, _), .fenced(let error): throw error
        case .refused: throw EFDError("test.refused", "no partition is refused here")
        }
    }

    private static let start = 1_700_000_000.0

    /// Rows of a number each, a millisecond apart.
    private func numbers(
        _ count: Int, topic: String, type: JSON = "long", schemaID: Int32 = 1, start: Double = Self.start,
        bad: Set<Int> = []
    ) throws
        -> TopicBatch
    {
        let rows = try Rows(["private_efdStamp": "double", "n": type, "b": ["null", "boolean"]])
        return try rows.batch(
            (0..<count).map { [.real(start + Double($0) / 1000), .integer(Int64($0)), bad.contains($0) ? true : nil] },
            topic: topic, schemaID: schemaID)
    }

    @Test("One bad line of 10,000: exactly its row is rejected, all others are stored")
    func oneBadLine() throws {
        let target = try target("one bad line")
        // `b` exists as an integer; of 10,000 rows one holds a boolean there.
        #expect(try rejections(writer(target).write([try batchOfIntegerB(topic: "t")])).isEmpty)
        let outcome = writer(target).write([
            try numbers(5000, topic: "t"), try numbers(10_000, topic: "t", start: Self.start + 100, bad: [7123]),
        ])
        let rejected = try rejections(outcome)
        #expect(rejected.map(\.batch) == [1] && rejected.map(\.row) == [7123])
        #expect(rejected.first?.reason.code == "influx.fieldTypeConflict")
        #expect(rejected.first?.reason.message.contains(#"input field "b" on measurement "t""#) == true)
        #expect(try target.query.count("n", in: "t", database: "one bad line") == 14_999)
        #expect(metrics.repeated.value <= 6)
    }

    private func batchOfIntegerB(topic: String) throws -> TopicBatch {
        try Rows(["private_efdStamp": "double", "b": "long"]).batch(
            [[.real(Self.start + 200), 1]], topic: topic, schemaID: 9)
    }

    @Test(
        "Two topics changed a field's type within one write: their rows alone are rejected, each with its reason"
    )
    func twoConflicts() throws {
        let target = try target("two conflicts")
        for topic in ["x", "y"] {
            #expect(try rejections(writer(target).write([try numbers(10, topic: topic, type: "string")])).isEmpty)
        }
        let batches = try ["x", "ok", "y", "also ok"].map { try numbers(500, topic: $0, start: Self.start + 10) }
        let rejected = try rejections(writer(target).write(batches))
        #expect(
            rejected.map { [$0.batch, $0.row] }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
                == [0, 2].flatMap { batch in (0..<500).map { [batch, $0] } })
        for rejection in rejected {
            #expect(rejection.reason.message.contains(#"measurement "\#(rejection.batch == 0 ? "x" : "y")""#))
        }
        for topic in ["ok", "also ok"] {
            #expect(try target.query.count("n", in: topic, database: "two conflicts") == 500)
        }
    }

    @Test("Points outside the retention policy are rejected, the others stored")
    func expired() throws {
        let target = try target("expired", .init(retention: .seconds(7200)))
        let now = WallClock.seconds()
        let rows = try Rows(["private_efdStamp": "double", "n": "long"])
        let batch = try rows.batch(
            (0..<300).map { [.real($0 % 10 == 3 ? now - 90_000 : now - Double($0)), .integer(Int64($0))] }, topic: "t")
        for retention in [7200, nil] as [Double?] {
            let rejected = try rejections(writer(target, retention: retention).write([batch]))
            #expect(rejected.map(\.row) == stride(from: 3, to: 300, by: 10).map { $0 })
            #expect(rejected.allSatisfy { $0.reason.code == "influx.pointExpired" && $0.reason.recovery == .reject })
        }
        #expect(try target.query.count("n", in: "t", database: "expired") == 270)
    }

    @Test("Rows that make no point are rejected beside those that do")
    func noPoint() throws {
        let target = try target("no point")
        let rows = try Rows(["private_efdStamp": ["null", "double"], "x": "double"])
        let stamps: [JSON] = [1, "nan", nil, 2, 1e300]
        let rejected = try rejections(writer(target).write([try rows.batch(stamps.map { [$0, 5] }, topic: "t")]))
        #expect(
            rejected.map { "\($0.row) \($0.reason.code)" } == [
                "1 influx.timestampRefused", "2 influx.timestampMissing", "4 influx.timestampRefused",
            ])
        #expect(try target.query.count("x", in: "t", database: "no point") == 2)
        let bare = try Rows(["x": "double"]).batch([["nan"], [1]], topic: "u", timestamps: [1, 2])
        #expect(
            try rejections(writer(target).write([bare])).map { "\($0.row) \($0.reason.code)" } == [
                "0 influx.pointEmpty"
            ])
    }

    @Test("Requests respect their size limit for any rows")
    func requestSize() throws {
        let target = try target("sizes")
        #expect(
            try rejections(
                writer(target, requestSize: 5000).write([try numbers(2000, topic: "t"), try numbers(1000, topic: "u")])
            ).isEmpty)
        #expect(metrics.requests.value >= metrics.bytes.value / 5000)
        #expect(try target.query.count("n", in: "t", database: "sizes") == 2000)
        #expect(try target.query.count("n", in: "u", database: "sizes") == 1000)
    }

    @Test("A server with a lower limit gets smaller requests; a point that is too large is rejected")
    func tooLarge() throws {
        let small = try TestInflux(environment: ["INFLUXDB_HTTP_MAX_BODY_SIZE": "20000"])
        defer { small.stop() }
        let target = try target("small", url: small.url)
        let writer = writer(target)
        #expect(try rejections(writer.write([try numbers(5000, topic: "t")])).isEmpty)
        #expect(try target.query.count("n", in: "t", database: "small") == 5000)
        let before = metrics.requests.value
        #expect(try rejections(writer.write([try numbers(100, topic: "t")])).isEmpty)
        #expect(metrics.requests.value == before + 1)
        let rows = try Rows(["private_efdStamp": "double", "s": "string"])
        let batch = try rows.batch(
            [5, 30_000, 6].map { [.real(Self.start + Double($0)), .string(String(repeating: "x", count: $0))] },
            topic: "long")
        let rejected = try rejections(writer.write([batch]))
        #expect(rejected.map { "\($0.row) \($0.reason.code)" } == ["1 influx.requestTooLarge"])
        #expect(try target.query.count("s", in: "long", database: "small") == 2)
    }

    @Test("A killed and restarted server: failed writes are repeated, nothing is lost or duplicated")
    func killed() throws {
        let folder = "/tmp/efd-test-influx.kill.\(MonotonicClock.nanoseconds())"
        let first = try TestInflux(folder: folder)
        let target = try target("efd", url: first.url)
        let writer = writer(target)
        #expect(try rejections(writer.write([try numbers(1000, topic: "t")])).isEmpty)
        first.kill()
        guard case .failed(let error, _) = writer.write([try numbers(1000, topic: "t", start: Self.start + 10)]) else {
            Issue.record("a dead server stored something")
            return
        }
        #expect(error.recovery == .retry)
        let second = try TestInflux(folder: folder)
        defer { second.removeFolder() }
        #expect(second.url == first.url)
        #expect(try rejections(writer.write([try numbers(1000, topic: "t", start: Self.start + 10)])).isEmpty)
        #expect(try rejections(writer.write([try numbers(1000, topic: "t")])).isEmpty)
        #expect(try target.query.count("n", in: "t", database: "efd") == 2000)
    }

    @Test("A missing database needs a person, and no rows are dropped")
    func databaseVanishes() throws {
        let target = try target("vanishes")
        _ = try target.query.run("DROP DATABASE vanishes")
        guard case .failed(let error, _) = writer(target).write([try numbers(10, topic: "t")]) else {
            Issue.record("stored in a database that is gone")
            return
        }
        #expect(error.code == "influx.databaseMissing" && error.recovery == .intervene)
    }

    @Test("The 2.x path of a newer 1.x server accepts the same lines")
    func secondInterface() throws {
        var target = try target("second")
        target.interface = .v2
        if case .failed = writer(target).write([]) { Issue.record("nothing to write failed") }
        let answer = try HTTPClient().request(.post, target.writeURL, body: [])
        guard answer.status == 204 else { return }  // 1.6 has no such path.
        #expect(try rejections(writer(target).write([try numbers(10, topic: "t")])).isEmpty)
        #expect(try target.query.count("n", in: "t", database: "second") == 10)
    }
}
