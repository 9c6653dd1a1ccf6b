import EFDCore
import EFDInflux
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    @Suite(.serialized) struct MainPathTests {
        @Test(arguments: ["wide", "narrow"])
        func everySampleIsFoundInInfluxDB(mapping: String) throws {
            let flow = try Flow()
            let name = "Path" + mapping.capitalized
            try flow.writeSmallComponent(name)
            let producer = try flow.producer([name], ["--mapping", mapping])
            try producer.waitUntilReady()
            let sink = try flow.sink(#"lsst\.sal\.\#(name)\..*"#)
            try sink.waitUntilReady()
            #expect(
                try flow.simulate(
                    [name], ["--rate", "200", "--event-rate", "20", "--count", "300", "--nan-fraction", "0.1"]
                ).wait(seconds: 60) == 0)
            let sent = try flow.sent()
            #expect(sent.count == 2 && sent.values.allSatisfy { $0 == 300 })
            #expect(flow.waitForAll(sent) == sent)
            let metrics = try producer.metrics()
            #expect(metrics.sum("efd_records_forwarded_total") == 600)
            #expect(metrics.sum("efd_samples_lost") == 0)
            #expect(try sink.metrics().sum("efd_records_rejected_total") == 0)
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }

        @Test func aKilledSinkLosesNothing() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("KilledSink")
            let producer = try flow.producer(["KilledSink"])
            try producer.waitUntilReady()
            var sink = try flow.sink(#"lsst\.sal\.KilledSink\..*"#)
            let simulation = try flow.simulate(
                ["KilledSink"], ["--rate", "300", "--event-rate", "30", "--count", "1500"])
            for _ in 0..<3 {
                MonotonicClock.sleep(seconds: 1)
                sink.kill()
                sink = try flow.sink(#"lsst\.sal\.KilledSink\..*"#)
            }
            #expect(simulation.wait(seconds: 90) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent) == sent)
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }

        @Test func aKilledInfluxDBLosesNothing() throws {
            let influxFolder = FileManager.default.temporaryDirectory.appending(path: "efd-influx-\(UUID().uuidString)")
                .path
            let influx = try TestInflux(folder: influxFolder)
            defer { influx.stop() }
            let flow = try Flow(influx: influx)
            try flow.writeSmallComponent("KilledInflux")
            let producer = try flow.producer(["KilledInflux"])
            try producer.waitUntilReady()
            let sink = try flow.sink(#"lsst\.sal\.KilledInflux\..*"#)
            try sink.waitUntilReady()
            let simulation = try flow.simulate(
                ["KilledInflux"], ["--rate", "200", "--event-rate", "10", "--count", "600"])
            MonotonicClock.sleep(seconds: 1)
            influx.kill()
            MonotonicClock.sleep(seconds: 2)
            let again = try TestInflux(folder: influxFolder)
            defer { again.removeFolder() }
            #expect(again.url == influx.url)
            #expect(simulation.wait(seconds: 90) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent, seconds: 90) == sent)
            #expect(try sink.metrics().sum("efd_write_retries_total").map { $0 > 0 } == true)
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }

        @Test func whatAKilledProducerLostIsNamedByItsNumbers() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("KilledProducer")
            var producer = try flow.producer(["KilledProducer"])
            try producer.waitUntilReady()
            let sink = try flow.sink(#"lsst\.sal\.KilledProducer\..*"#)
            let simulation = try flow.simulate(
                ["KilledProducer"], ["--rate", "200", "--event-rate", "0", "--count", "1500"])
            MonotonicClock.sleep(seconds: 2)
            producer.kill()
            producer = try flow.producer(["KilledProducer"])
            #expect(simulation.wait(seconds: 90) == 0)
            let topic = "lsst.sal.KilledProducer.level"
            let sent = try flow.sent()[topic] ?? 0
            // Only gaps between existing numbers may be missing, nothing else.
            let numbers = try until(
                seconds: 60, "the last sample was not stored; \(flow.stored(topic)) of \(sent) were"
            ) { () -> [Int]? in
                let rows = try? flow.query.run("SELECT \"private_seqNum\" FROM \"\(topic)\"", database: flow.database)
                    .first?["private_seqNum"]
                let found = (rows ?? []).compactMap { $0.integer.map(Int.init) }
                return found.max() == sent ? found : nil
            }
            let missing = (1...sent).filter { !Set(numbers).contains($0) }
            #expect(numbers.count + missing.count == sent)
            #expect(Set(numbers).count == numbers.count)
            #expect(missing.count < sent / 2)
            let lengths = missing.isEmpty ? 0 : missing[missing.count - 1] - missing[0] + 1
            #expect(lengths == missing.count, "the loss is not one gap: \(missing)")
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }
    }
}
