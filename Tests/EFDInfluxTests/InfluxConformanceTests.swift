import EFDCore
import EFDHTTP
import EFDInflux
import EFDSink
import EFDTestKit
import Testing

/// influx-sink meets every requirement of sinks, over a real InfluxDB.
@Suite struct InfluxConformanceTests {
    static let sink = SinkUnderTest("influx-sink", SinkCapabilities(), canBreakDown: true) { try InfluxDestination() }

    @Test(arguments: Conformance.cases(of: [sink]))
    func meets(_ item: ConformanceCase) async throws { try await item.run() }

    @Test(
        .enabled(if: Conformance.isRealWanted, "runs over a real Kafka"),
        arguments: Conformance.isRealWanted ? Conformance.cases(of: [sink], on: .real) : [])
    func meetsOverRealKafka(_ item: ConformanceCase) async throws { try await item.run() }
}

/// A database of its own in the server that all tests share, by a relay that can be down.
private final class InfluxDestination: TestDestination {
    let plugin = InfluxService.plugin
    let settings: [String: String]
    private let database = TestBroker.uniqueName("conform")
    private let query: InfluxQuery
    private let relay: HTTPServer
    private let isDown: Locked<Bool>

    init() throws {
        let server = try TestInflux.shared.get().url
        query = InfluxQuery(try HTTPURL(server))
        let isDown = Locked(false)
        self.isDown = isDown
        let client = HTTPClient()
        relay = try HTTPServer(HTTPServerOptions()) { request in
            if isDown.withLock({ $0 }) { return .error(503, "the relay is down") }
            let parameters = request.query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
            let headers = HTTPHeaders(request.headers.entries.filter { $0.name.lowercased() == "content-type" })
            do throws(EFDError) {
                let url = try HTTPURL("\(server)\(request.path)?\(parameters.joined(separator: "&"))")
                return try client.request(request.method, url, headers: headers, body: request.body)
            } catch {
                return .error(502, "\(error)")
            }
        }
        settings = ["influxdb.url": "http://127.0.0.1:\(relay.address.port)", "influxdb.database": database]
    }

    deinit { relay.stop() }

    func rows(of topics: [String]) throws -> [StoredRow] {
        try topics.flatMap { topic in
            let found: [InfluxQuery.Series]
            do throws(EFDError) {
                found = try query.run("SELECT \"p\", \"n\" FROM \"\(topic)\"", database: database)
            } catch {
                // The sink has not opened it yet.
                if error.code == "influx.databaseMissing" { return [StoredRow]() }
                throw error
            }
            guard let series = found.first, let places = series["p"], let numbers = series["n"] else { return [] }
            return zip(places, numbers).compactMap { place, number in
                guard let place = place.integer, let number = number.integer else { return nil }
                return StoredRow(topic, Int32(place), number)
            }
        }
    }

    func breakDown() { isDown.withLock { $0 = true } }
    func repair() { isDown.withLock { $0 = false } }
}
