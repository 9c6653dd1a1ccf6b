import EFDCore
import EFDHTTP
import Testing

@Suite(.serialized) struct OperationsServerTests {
    @Test func pagesTellTheStateOfTheProcess() throws {
        let metrics = Metrics()
        let health = Health()
        metrics.counter("efd_records_total", "Records read.").add(3)
        var more = HTTPRouter()
        more.on(.get, "/status") { _ in .text("fine") }
        let pages = try OperationsServer(
            HostPort(host: "127.0.0.1", port: 0), metrics: metrics, health: health, more: more)
        defer { pages.stop() }
        let connection = HTTPConnection()
        func get(_ page: String) throws -> HTTPResponse {
            try connection.request(.get, HTTPURL("http://\(pages.address)/\(page)"))
        }

        let scrape = try get("metrics")
        #expect(scrape.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            scrape.text
                == "# HELP efd_records_total Records read.\n# TYPE efd_records_total counter\nefd_records_total 3\n")
        metrics.gauge("efd_lag_records", "Records not read.").set(7)
        let one = try get("metrics?name%5B%5D=efd_records_total")
        #expect(one.text == scrape.text)
        #expect(try get("metrics").text.contains("efd_lag_records 7"))
        #expect(try get("status").text == "fine")
        #expect(try get("nowhere").status == 404)

        #expect(try get("readyz").status == 503, "nothing is known yet")
        health.set("kafka", isMet: true, "3 partitions assigned")
        #expect(try get("readyz").status == 200)
        health.set("influxdb", isMet: false, "cannot log in; check --influxdb-password")
        let waiting = try get("readyz")
        #expect(waiting.status == 503)
        #expect(try waiting.json()["conditions"]?.elements?.count == 2)
        #expect(waiting.text.contains("cannot log in; check --influxdb-password"))

        #expect(try get("healthz").status == 200)
        health.expectBeats(of: "consumer", maximumAge: 0.001)
        MonotonicClock.sleep(seconds: 0.01)
        let dead = try get("livez")
        #expect(dead.status == 503)
        #expect(try dead.json()["stalled"]?.elements?.first?["thread"] == "consumer")
        health.endBeats(of: "consumer")
        #expect(try get("healthz").status == 200)
    }
}
