import EFDCore
import EFDTestKit
import Testing

@Suite struct MetricsTests {
    @Test func textFollowsPrometheus() {
        let metrics = Metrics()
        metrics.counter("efd_records_total", "Records.", ["topic": "a\"b\\c\nd"]).add(3)
        metrics.gauge("efd_lag_records", "Lag.").set(2.5)
        let histogram = metrics.histogram("efd_write_seconds", "Time.", bounds: [0.1, 1])
        histogram.observe([0.05, 0.1, 0.5, 7])
        let expected = """
            # HELP efd_lag_records Lag.
            # TYPE efd_lag_records gauge
            efd_lag_records 2.5
            # HELP efd_records_total Records.
            # TYPE efd_records_total counter
            efd_records_total{topic="a\\"b\\\\c\\nd"} 3
            # HELP efd_write_seconds Time.
            # TYPE efd_write_seconds histogram
            efd_write_seconds_bucket{le="0.1"} 2
            efd_write_seconds_bucket{le="1"} 3
            efd_write_seconds_bucket{le="+Inf"} 4
            efd_write_seconds_sum 7.65
            efd_write_seconds_count 4

            """
        #expect(metrics.text == expected)
    }

    @Test func aSeriesIsMadeOnce() {
        let metrics = Metrics()
        #expect(metrics.counter("a_total", "A.", ["x": "1"]) === metrics.counter("a_total", "A.", ["x": "1"]))
        #expect(metrics.counter("a_total", "A.", ["x": "1"]) !== metrics.counter("a_total", "A.", ["x": "2"]))
    }

    @Test func aChildsSeriesCarryItsLabelsAndGoWithIt() {
        let metrics = Metrics()
        metrics.counter("a_total", "A.").add(1)
        let child = metrics.child(["connector": "one"])
        child.counter("a_total", "A.", ["topic": "t"]).add(2)
        child.gauge("b", "B.").set(3)
        #expect(metrics.text.contains("a_total{connector=\"one\",topic=\"t\"} 2\n"))
        child.removeAll()
        #expect(metrics.text == "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n")
    }

    @Test func aFormerNameShowsTheSameNumber() {
        let metrics = Metrics()
        metrics.gauge("new", "A.", formerly: "old").set(4)
        #expect(metrics.text.contains("new 4\n"))
        #expect(metrics.text.contains("old 4\n"))
    }

    @Test func scrapersRunBeforeEachScrape() {
        let metrics = Metrics()
        let gauge = metrics.gauge("g", "G.")
        metrics.onScrape { gauge.set(gauge.value + 1) }
        _ = metrics.text
        #expect(metrics.text.contains("g 2\n"))
    }

    @Test func quantilesLieInTheirBucket() {
        let histogram = Histogram(bounds: [1, 2, 4])
        #expect(histogram.quantile(0.5) == nil)
        histogram.observe(Array(repeating: 1.5, count: 99) + [3])
        #expect(histogram.quantile(0.5).map { $0 > 1 && $0 <= 2 } == true)
        #expect(histogram.quantile(0.999).map { $0 > 2 && $0 <= 4 } == true)
    }

    @Test func countsFromManyThreadsAddUp() {
        let counter = Counter()
        let histogram = Histogram()
        let first = JoinableThread("a") {
            for _ in 0..<10_000 {
                counter.add()
                histogram.observe(0.1)
            }
        }
        let second = JoinableThread("b") {
            for _ in 0..<10_000 {
                counter.add()
                histogram.observe(0.2)
            }
        }
        first.join()
        second.join()
        #expect(counter.value == 20_000)
        #expect(histogram.snapshot.counts.reduce(0, +) == 20_000)
    }
}

@Suite struct LogTests {
    private func lines(_ format: LogWriter.Format, interval: Double = 10, _ body: (Log) -> Void) -> [String] {
        let lines = Locked<[String]>([])
        body(
            Log(
                level: .info,
                writer: LogWriter(format: format, repeatInterval: interval) { line in lines.withLock { $0.append(line) }
                }))
        return lines.withLock { $0 }
    }

    @Test func jsonLinesHoldTypedFields() throws {
        let written = lines(.json) { $0.info("records written", ["count": 3, "topic": "a b", "seconds": .real(0.5)]) }
        let line = try JSON.parse(try #require(written.first))
        #expect(line["msg"]?.string == "records written")
        #expect(line["level"]?.string == "info")
        #expect(line["count"]?.integer == 3)
        #expect(line["topic"]?.string == "a b")
        #expect(line["seconds"]?.number == 0.5)
    }

    @Test func lessImportantLinesAreLeftOut() { #expect(lines(.text) { $0.debug("hidden") }.isEmpty) }

    @Test func aRepeatedWarningIsSummedUp() {
        let written = lines(.json, interval: 3600) { log in
            for _ in 0..<5 { log.warning("slow") }
            log.warning("other")
            log.writeRepeats()
        }
        #expect(written.filter { $0.contains("slow") }.count == 2)
        #expect(written.contains { $0.contains("slow") && $0.contains("\"repeated\":4") })
        #expect(written.filter { $0.contains("other") }.count == 1)
    }

    @Test func warningsOfOtherPartitionsAndConnectorsAreNotTheSame() {
        let written = lines(.json, interval: 3600) { log in
            for partition in 0..<50 { log.warning("stalled", ["topic": "t", "partition": .integer(partition)]) }
            for connector in ["a", "b"] {
                log.with(["connector": .text(connector)]).warning("slow", ["seconds": .real(1)])
            }
        }
        #expect(written.count == 52)
        #expect(written.last?.contains("\"connector\":\"b\"") == true)
    }

    @Test func errorsAreAlwaysWritten() {
        #expect(lines(.json, interval: 3600) { log in for _ in 0..<50 { log.error("records are lost") } }.count == 50)
    }

    @Test func aLogWithFieldsHasALevelOfItsOwn() {
        let written = lines(.text) { log in
            let noisy = log.with(["connector": "noisy"])
            noisy.setLevel(.debug)
            log.debug("hidden")
            noisy.debug("shown")
        }
        #expect(written.count == 1)
        #expect(written.first?.contains("connector=noisy") == true)
    }

    @Test func anErrorTellsCodeAndRemedy() {
        let written = lines(.text) { $0.error("failed", EFDError("a.b", "what happened", remedy: "Do this.")) }
        #expect(written.first?.contains("code=a.b") == true)
        #expect(written.first?.contains("Do this.") == true)
    }
}

@Suite struct HealthTests {
    @Test func readyWhenEveryConditionIsMet() {
        let health = Health()
        #expect(!health.isReady)
        health.set("kafka", isMet: true, "connected")
        #expect(health.isReady)
        health.set("influxdb", isMet: false, "wrong password")
        #expect(!health.isReady)
        health.set("influxdb", isMet: true, "ok")
        #expect(health.isReady)
        #expect(health.conditions.map(\.name) == ["kafka", "influxdb"])
    }

    @Test func childrenCountUnderTheirNamesUntilTheyAreRemoved() {
        let health = Health()
        health.set("kafka", isMet: true, "connected")
        let (one, two) = (health.child("one"), health.child("two"))
        one.set("kafka", isMet: true, "connected")
        two.set("kafka", isMet: false, "no broker answers")
        two.expectBeats(of: "reader", maximumAge: 0.005)
        MonotonicClock.sleep(seconds: 0.01)
        #expect(health.conditions.map(\.name) == ["kafka", "one/kafka", "two/kafka"])
        #expect(!health.isReady)
        #expect(health.stalled.map(\.name) == ["two/reader"])
        health.remove(two)
        #expect(health.isReady)
        #expect(health.stalled.isEmpty)
    }

    @Test func aThreadThatStandsStillIsMissed() {
        let health = Health()
        health.expectBeats(of: "reader", maximumAge: 0.005)
        MonotonicClock.sleep(seconds: 0.01)
        #expect(health.stalled.map(\.name) == ["reader"])
        health.beat("reader")
        health.endBeats(of: "reader")
        #expect(health.stalled.isEmpty)
    }
}
