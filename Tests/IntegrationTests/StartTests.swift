import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// How programs start and end, and their output if something is missing.
    @Suite(.serialized) struct StartTests {
        @Test func wrongSettingsEndWithTwoAndSayWhatToDo() throws {
            let cases: [(String, [String], String)] = [
                ("salkafka-producer", ["Tset", "--idl-dir", "scripts/demo-idl"], "has no file"),
                ("salkafka-producer", ["--no-such-flag"], "unknown"),
                (
                    "salkafka-producer",
                    ["DemoMount", "--idl-dir", "scripts/demo-idl", "--kafka-property", "nonsense=1"], "nonsense"
                ),
                ("influx-sink", ["--influxdb-url", "localhost"], "http://"),
                ("influx-sink", ["--topic-regex", "("], "at character 1, ( is never closed"),
                ("efd", ["simulat"], "simulate"),
            ]
            let root = try Flow().root
            for (program, arguments, expected) in cases {
                let process = try TestProcess(
                    program, arguments.map { $0 == "scripts/demo-idl" ? root.appending(path: $0).path : $0 })
                #expect(process.wait(seconds: 20) == 2, "\(program) \(arguments)")
                #expect(process.output.contains(expected), "\(process.output)")
            }
        }

        @Test func aConnectorsJSONIsCheckedAsKafkaConnectWould() throws {
            let folder = FileManager.default.temporaryDirectory
            let path = folder.appending(path: "efd-connector-\(UUID().uuidString).json").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            func check(_ config: String) throws -> (code: Int32?, answer: JSON) {
                try Files.write(Array(#"{"name": "c", "config": \#(config)}"#.utf8), to: path)
                let process = try TestProcess(
                    "influx-sink", ["--config", path, "--check-config", "--log-format", "json"])
                let code = process.wait(seconds: 20)
                return (code, try JSON.parse(process.output))
            }
            let good = try check(
                #"{"tasks.max": "3", "influxdb.password": "${file:\#(path):name}", "influxdb.user": "u"}"#)
            #expect(good.code == 0 && good.answer["error_count"] == 0)
            let wrong = try check(#"{"topic.regex": "a*?", "kafka.user": "u"}"#)
            #expect(wrong.code == 2 && wrong.answer["error_count"] == 1)
            #expect(wrong.answer.text.contains("? after a quantifier makes it lazy"))
            let together = try check(#"{"kafka.user": "u"}"#)
            #expect(together.code == 2 && together.answer.text.contains("--kafka-user is set without --kafka-password"))
        }

        @Test func programsPrintTheSchemaOfTheirSettings() throws {
            for program in ["influx-sink", "parquet-sink", "replicator", "salkafka-producer"] {
                let process = try TestProcess(program, ["--print-config-schema"])
                #expect(process.wait(seconds: 20) == 0)
                let properties = try JSON.parse(process.output)["properties"]?.members
                #expect(properties?["log-level"]?["enum"] == ["debug", "info", "warning", "error"])
            }
        }

        @Test func aMisspeltVariableIsReportedWhenChecked() throws {
            let process = try TestProcess(
                "influx-sink", ["--check-config"], environment: ["EFD_BOOTSTRAP_SERVER": "kafka:9092"])
            #expect(process.wait(seconds: 20) == 0)
            #expect(
                process.output.contains("EFD_BOOTSTRAP_SERVER is not a setting; did you mean EFD_BOOTSTRAP_SERVERS"))
        }

        @Test func aWrongPasswordIsReportedAndNothingIsLost() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "efd-auth-\(UUID().uuidString)").path
            let influx = try TestInflux(folder: folder, auth: true)
            defer { influx.removeFolder() }
            let flow = try Flow(influx: influx)
            try flow.writeSmallComponent("Password")
            let producer = try flow.producer(["Password"])
            try producer.waitUntilReady()
            #expect(
                try flow.simulate(["Password"], ["--rate", "100", "--event-rate", "0", "--count", "50"]).wait(
                    seconds: 60) == 0)
            let pattern = #"lsst\.sal\.Password\..*"#
            let user = try #require(influx.user)
            let wrong = try flow.sink(pattern, ["--influxdb-user", user, "--influxdb-password", "wrong-secret"])
            let answer = try until(seconds: 30, wrong.output) { () -> String? in
                let page = try? HTTPClient().request(.get, try HTTPURL(try wrong.address()).appending("readyz"))
                return page?.status == 503 && page?.text.contains("password") == true ? page?.text : nil
            }
            #expect(!answer.contains("wrong-secret") && !wrong.output.contains("wrong-secret"))
            #expect(wrong.stop() == 0)
            let right = try flow.sink(
                pattern, ["--influxdb-user", user, "--influxdb-password", try #require(influx.password)])
            try right.waitUntilReady()
            _ = try until(seconds: 30, right.output) {
                try right.metrics().sum("efd_records_stored_total") == 50 ? true : nil
            }
            #expect(right.stop() == 0)
            #expect(producer.stop() == 0)
        }

        @Test func aNewTopicIsTakenUpWithoutARestart() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("NewTopic")
            let sink = try flow.sink(#"lsst\.sal\.NewTopic\..*"#)
            _ = try sink.address()
            MonotonicClock.sleep(seconds: 3)
            let producer = try flow.producer(["NewTopic"])
            try producer.waitUntilReady()
            #expect(
                try flow.simulate(["NewTopic"], ["--rate", "50", "--event-rate", "5", "--count", "50"]).wait(
                    seconds: 60) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent, seconds: 30) == sent)
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }

        @Test func aSchemaThatDoesNotFitItsPredecessorsIsRefusedBeforeAnythingIsSent() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("Misfit")
            let wide = try flow.producer(["Misfit"], ["--mapping", "wide"])
            try wide.waitUntilReady()
            #expect(wide.stop() == 0)
            try TestRegistry.shared().client().setCompatibility(.backward, for: "lsst.sal.Misfit.level-value")
            // An int cannot be read from a long.
            let narrow = try flow.producer(["Misfit"], ["--mapping", "narrow"])
            #expect(narrow.wait(seconds: 60) == 1)
            #expect(
                narrow.output.contains("registry.schemaIncompatible")
                    && narrow.output.contains("lsst.sal.Misfit.level"), "\(narrow.output)")
        }

        @Test func partsThatComeLaterAreWaitedFor() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("Late")
            let port = try freePort()
            let late = try TestProcess(
                "salkafka-producer",
                [
                    "Late", "--idl-dir", flow.folder.path, "--http-listen", "127.0.0.1:0", "--log-format", "json",
                    "--bootstrap-servers", flow.broker,
                    "--registry-url",
                    "http://127.0.0.1:\(port)", "--dds-domain", "\(flow.domain)",
                ] + flow.topicArguments)
            let page = try until(seconds: 30, late.output) { () -> String? in
                let page = try? HTTPClient().request(.get, try HTTPURL(try late.address()).appending("readyz"))
                return page?.text.contains("registry") == true ? page?.text : nil
            }
            #expect(page.contains("127.0.0.1:\(port)"))
            let registry = try TestProcess(
                "efd",
                [
                    "registry", "--bootstrap-servers", flow.broker, "--http-listen", "127.0.0.1:\(port)", "--topic",
                    "_late-\(flow.database)",
                ])
            _ = try until(seconds: 60, late.output) { late.output.contains("schemas registered") ? true : nil }
            #expect(late.stop() == 0)
            #expect(registry.stop() == 0)
        }

        @Test func twoSinksOfOneGroupStoreEverythingOnce() throws {
            let flow = try Flow()
            try flow.writeSmallComponent("TwoSinks")
            let producer = try flow.producer(["TwoSinks"], flow.isRealBroker ? ["--partitions", "4"] : [])
            try producer.waitUntilReady()
            let pattern = #"lsst\.sal\.TwoSinks\..*"#
            let first = try flow.sink(pattern)
            try first.waitUntilReady()
            let simulation = try flow.simulate(
                ["TwoSinks"], ["--rate", "200", "--event-rate", "50", "--count", "2000"])
            MonotonicClock.sleep(seconds: 2)
            let second = try flow.sink(pattern)
            MonotonicClock.sleep(seconds: 6)
            #expect(first.stop() == 0)
            #expect(simulation.wait(seconds: 90) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent, seconds: 60) == sent)
            #expect(second.stop() == 0)
            #expect(producer.stop() == 0)
        }
    }

    /// A separate broker, since it is killed.
    @Suite(.serialized, .enabled(if: TestBroker.isRealWanted, "needs a real Kafka")) struct KilledBrokerTests {
        @Test func aKilledBrokerLosesNothing() throws {
            let root = try Flow().root.path
            let folder = FileManager.default.temporaryDirectory.appending(path: "efd-kafka-\(UUID().uuidString)").path
            func kafka(_ arguments: String...) throws -> String {
                let process = try TestProcess("\(root)/scripts/kafka", arguments)
                #expect(process.wait(seconds: 90) == 0, "\(process.output)")
                return process.output
            }
            let started = try kafka("start", "--dir", folder, "--owner", "\(ProcessInfo.processInfo.processIdentifier)")
            defer { _ = try? kafka("remove", "--dir", folder) }
            let servers = try #require(started.firstMatch(of: /EFD_BOOTSTRAP_SERVERS=(\S+)/).map { String($0.1) })
            let flow = try Flow(broker: servers)
            try flow.writeSmallComponent("KilledBroker")
            // Memory for less than is sent meanwhile: the spool must help.
            let producer = try flow.producer(
                ["KilledBroker"], ["--queue-bytes", "1MiB", "--spool-dir", flow.folder.appending(path: "spool").path])
            try producer.waitUntilReady()
            let sink = try flow.sink(#"lsst\.sal\.KilledBroker\..*"#)
            try sink.waitUntilReady()
            let simulation = try flow.simulate(
                ["KilledBroker"], ["--rate", "2000", "--event-rate", "0", "--count", "24000"])
            MonotonicClock.sleep(seconds: 2)
            _ = try kafka("stop", "--dir", folder, "--kill")
            MonotonicClock.sleep(seconds: 8)
            _ = try kafka("start", "--dir", folder, "--owner", "\(ProcessInfo.processInfo.processIdentifier)")
            #expect(simulation.wait(seconds: 90) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent, seconds: 90) == sent)
            #expect(
                try producer.metrics().sum("efd_records_spooled_total").map { $0 > 0 } == true,
                "the spool was not needed")
            #expect(try producer.metrics().sum("efd_samples_lost") == 0)
            #expect(producer.stop() == 0)
            #expect(sink.stop() == 0)
        }
    }
}
