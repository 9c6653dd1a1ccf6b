import EFDCore
import EFDHTTP
import EFDInflux
import EFDParquet
import EFDSink
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// Several connectors in one process: the fault of one does not affect the others.
    @Suite(.serialized) struct HostTests {
        private static let samples = 100

        /// A connector's configuration, as Kafka Connect gives it.
        private func settings(_ plugin: SinkPlugin, _ flow: Flow, _ more: [String: String]) throws -> Settings {
            let common = [
                "bootstrap.servers": flow.broker, "registry.url": flow.registry,
                "topic.regex": #"lsst\.sal\.Hosted\d*\..*"#, "group.id": "g-\(flow.database)-\(more["id"] ?? "")",
            ]
            let own = more.filter { $0.key != "id" }
            return try Settings.parse(
                plugin.connectorTable, layers: [.connector(JSON.Members(common.merging(own) { $1 }), source: "test")],
                resources: .process)
        }

        private func simulate(_ flow: Flow, _ component: String) throws {
            let simulation = try TestProcess(
                "efd",
                [
                    "simulate", component, "--idl-dir", flow.folder.path, "--to", "kafka", "--rate", "50",
                    "--event-rate", "50", "--nan-fraction", "0", "--count", "\(Self.samples)", "--bootstrap-servers",
                    flow.broker,
                    "--registry-url", flow.registry,
                ])
            guard simulation.wait(seconds: 60) == 0 else { throw EFDError("test.notSimulated", simulation.output) }
        }

        private func rows(_ output: String) -> Int {
            guard let process = try? TestProcess("parquet-sink", ["verify", "--output", output]),
                process.wait(seconds: 60) == 0, let found = process.output.firstMatch(of: /, (\d+) rows/)
            else { return -1 }
            return Int(found.1) ?? -1
        }

        /// The programs' verb, with a configuration each as Kafka Connect takes it.
        @Test func theVerbHostRunsAConnectorForEachFile() throws {
            let flow = try Flow()
            let component = "Hosted\(Int.random(in: 0..<1_000_000))"
            try flow.writeSmallComponent(component)
            func write(_ name: String, database: String, topic: String) throws -> String {
                let config: JSON.Members = [
                    "connector.class": "influx-sink", "tasks.max": 1, "group.id": .string("g-\(flow.database)-\(name)"),
                    "bootstrap.servers": [.string(flow.broker)], "registry.url": .string(flow.registry),
                    "topics.regex": .string(#"lsst\.sal\."# + component + #"\."# + topic),
                    "influxdb.url": .string(flow.influx.url), "influxdb.database": .string(database),
                    "kafka.property": ["topic.metadata.refresh.interval.ms": 1000], "retention": nil,
                ]
                let path = flow.folder.appending(path: "\(name).json").path
                try Files.write(
                    Array(JSON.object(["name": .string(name), "config": .object(config)]).text.utf8), to: path)
                return path
            }
            let databases = [flow.database, "\(flow.database)b"]
            let paths = [
                try write("levels", database: databases[0], topic: "level"),
                try write("events", database: databases[1], topic: "logevent_.*"),
            ]
            try simulate(flow, component)
            let process = try TestProcess(
                "influx-sink", ["host"] + paths + ["--http-listen", "127.0.0.1:0", "--log-format", "json"])
            try process.waitUntilReady()
            let query = try flow.query
            let topics = ["level", "logevent_state"].map { "lsst.sal.\(component).\($0)" }
            func count(_ topic: Int, _ database: Int) -> Int {
                (try? query.count("private_sndStamp", in: topics[topic], database: databases[database])) ?? 0
            }
            _ = try until(seconds: 60, "rows are missing: \(process.output)") {
                count(0, 0) == Self.samples && count(1, 1) == Self.samples ? true : nil
            }
            #expect(count(1, 0) == 0 && count(0, 1) == 0)
            let stored = ["levels": Double(Self.samples), "events": Double(Self.samples)]
            _ = try until(seconds: 30, "not all rows are counted: \(process.output)") {
                try process.metrics().values("efd_records_stored_total", by: "connector") == stored ? true : nil
            }
            let conditions = try HTTPClient().request(.get, try HTTPURL(try process.address()).appending("readyz")).text
            #expect(conditions.contains("levels/group") && conditions.contains("events/influxdb"), "\(conditions)")
            #expect(process.stop() == 0)

            try Files.write(Array(#"{"name": "levels", "influxdb.ulr": "x"}"#.utf8), to: paths[1])
            for (arguments, expected) in [
                ([paths[1]], "influxdb.ulr"), ([paths[0], paths[0]], "also in another file"), ([], "no connector"),
            ] {
                let refused = try TestProcess("influx-sink", ["host"] + arguments + ["--check-config"])
                #expect(refused.wait(seconds: 20) == 2)
                #expect(refused.output.contains(expected), "\(refused.output)")
            }
        }

        @Test func fourConnectorsInOneProcessLeaveEachOtherAlone() throws {
            let flow = try Flow()
            let component = "Hosted\(Int.random(in: 0..<1_000_000))"
            let topics = ["level", "logevent_state"].map { "lsst.sal.\(component).\($0)" }
            try flow.writeSmallComponent(component)
            let folder = flow.folder.appending(path: "influx").path
            let fragile = try TestInflux(folder: folder)
            defer { fragile.stop() }
            let (steady, shared) = (
                flow.folder.appending(path: "steady").path, flow.folder.appending(path: "shared").path
            )
            let lines = Locked<[String]>([])
            let scope = Scope(
                program: "hosted",
                log: Log(level: .info, writer: LogWriter(format: .json) { line in lines.withLock { $0.append(line) } }))
            let resources = ConnectorHost.Resources(scope)
            defer { resources.close() }
            let host = ConnectorHost(scope, resources: resources)
            defer { host.stopAll() }
            func start(_ name: String, _ plugin: SinkPlugin, _ more: [String: String]) throws {
                let own = more.merging([
                    "id": name, "topic.regex": #"lsst\.sal\."# + component + #"\..*"#,
                    "kafka.property": "topic.metadata.refresh.interval.ms=1000",
                ]) { $1 }
                try host.start(.init(name: name, plugin: plugin, settings: settings(plugin, flow, own)))
            }
            let influx = { (server: TestInflux, database: String) in
                ["influxdb.url": server.url, "influxdb.database": database]
            }
            try start("one", InfluxService.plugin, influx(flow.influx, flow.database))
            try start("two", InfluxService.plugin, influx(fragile, "two"))
            try start("three", ParquetService.plugin, ["output": steady, "rotate.age": "1s"])
            try start("four", ParquetService.plugin, ["output": shared, "rotate.age": "15s"])
            try simulate(flow, component)
            func stored(_ count: Int) throws {
                _ = try until(seconds: 60, "connector one stored \(topics.map(flow.stored))") {
                    topics.allSatisfy { flow.stored($0) == count } ? true : nil
                }
            }
            try stored(Self.samples)

            // Another process takes over the buffered rows of four, and two loses its server.
            let stranger = try TestProcess(
                "parquet-sink",
                [
                    "--output", shared, "--topic-regex", #"lsst\.sal\."# + component + #"\..*"#, "--group-id",
                    "stranger-\(flow.database)", "--rotate-age", "1s", "--bootstrap-servers", flow.broker,
                    "--registry-url", flow.registry, "--http-listen", "127.0.0.1:0",
                ])
            _ = try until(seconds: 60, "the stranger stores nothing: \(stranger.output)") {
                rows(shared) == 2 * Self.samples ? true : nil
            }
            #expect(stranger.stop() == 0)
            fragile.kill()
            try host.restart(
                "three",
                settings: settings(
                    ParquetService.plugin, flow,
                    [
                        "id": "three", "output": steady, "rotate.rows": "7", "rotate.age": "1s",
                        "topic.regex": #"lsst\.sal\."# + component + #"\..*"#,
                    ]))
            try simulate(flow, component)
            try stored(2 * Self.samples)
            let failed = try until(seconds: 60, "connector four is not fenced: \(host.statuses)") {
                host.statuses.first { $0.name == "four" && $0.state == .failed }
            }
            #expect(failed.trace?.message.contains("another process") == true, "\(failed)")
            _ = try until(seconds: 60, "connector two looks ready") {
                scope.health.conditions.first { $0.name == "two/influxdb" && !$0.isMet }
            }

            // Pages and log tell them apart.
            let conditions = scope.health.conditions
            let unmet = conditions.filter { !$0.isMet }.map(\.name)
            #expect(!unmet.contains { $0.hasPrefix("one/") || $0.hasPrefix("three/") }, "\(conditions)")
            #expect(conditions.contains { $0.name == "four/connector" && !$0.isMet })
            #expect(scope.health.stalled.isEmpty)
            let metrics = MetricsSnapshot(parsing: scope.metrics.text)
            let counts = metrics.values("efd_records_stored_total", by: "connector")
            #expect(counts["one"] == Double(4 * Self.samples), "\(counts)")
            let errors = lines.withLock { $0 }.filter { $0.contains(#""level":"error""#) }
            #expect(errors.contains { $0.contains(#""connector":"four""#) })

            // The cause is gone: all rows are everywhere.
            let again = try TestInflux(folder: folder)
            try host.restart("four")
            let target = try InfluxQuery(HTTPURL(again.url))
            _ = try until(
                seconds: 90, "rows of two are missing: \(scope.health.conditions) \(lines.withLock { $0.suffix(20) })"
            ) {
                topics.allSatisfy {
                    (try? target.count("private_sndStamp", in: $0, database: "two")) == 2 * Self.samples
                } ? true : nil
            }
            _ = try until(seconds: 90, "rows are missing: \(rows(steady)) and \(rows(shared))") {
                rows(steady) == 4 * Self.samples && rows(shared) == 4 * Self.samples ? true : nil
            }
            host.remove("two")
            #expect(!scope.metrics.text.contains(#"connector="two""#))
            #expect(!scope.health.conditions.contains { $0.name.hasPrefix("two/") })
        }
    }
}
