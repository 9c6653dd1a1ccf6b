import EFDTestKit
import Foundation
import Testing

@testable import EFDCore
@testable import EFDSink

/// Configurations of connectors in files.
@Suite struct ConnectorFileTests {
    private static let place = Setting<String?>.optional("place", "NAME", help: "Where to.")
    private static let names = Setting<[String]>.list("names", "NAME", default: "", help: "What for.")
    private let plugin = SinkPlugin(
        name: "probe-sink", summary: "Stores nothing.",
        sections: [.init("Destination", [place.spec, names.spec])], check: { _ in },
        make: { (_, _, _) throws(EFDError) in throw EFDError("probe.unused", "no sink is made here") })
    private let folder = FileManager.default.temporaryDirectory.appending(path: "efd-connectors-\(UUID().uuidString)")

    private func read(_ texts: [String]) throws -> [ConnectorHost.Connector] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try texts.enumerated().map { index, text in
            let file = folder.appending(path: "\(index).json")
            try text.write(to: file, atomically: true, encoding: .utf8)
            return file.path
        }
        return try ConnectorFile.read(paths, plugin)
    }

    private func complaint(_ texts: String...) -> String {
        do {
            _ = try read(texts)
            return ""
        } catch { return "\(error)" }
    }

    @Test func valuesOfEveryShapeAreTaken() throws {
        let connectors = try read([
            """
            {"name": "events", "config": {"place": "here", "names": ["a", "b"], "tasks.max": 3, "group.id": null,
             "metrics.by.topic": true, "kafka.property": {"linger.ms": 5}, "connector.class": "probe"}}
            """, #"{"name": "telemetry", "writers": "7", "names": "c,d"}"#,
        ])
        #expect(connectors.map(\.name) == ["events", "telemetry"])
        #expect(connectors.map(\.plugin.name) == ["probe-sink", "probe-sink"])
        let (events, telemetry) = (connectors[0].settings, connectors[1].settings)
        #expect(events[Self.place] == "here" && events[Self.names] == ["a", "b"])
        #expect(events[SinkSettings.writers] == 3 && events[SinkSettings.groupID] == nil)
        #expect(events[SinkSettings.metricsByTopic])
        #expect(telemetry[SinkSettings.writers] == 7 && telemetry[Self.names] == ["c", "d"])
        #expect(telemetry[Self.place] == nil)
    }

    @Test(arguments: [
        ("[]", "it is not a JSON object"), (#"{"name": "x", "config": 7}"#, "it is not a JSON object"),
        ("{}", "it has no name"), (#"{"name": ""}"#, "it has no name"), ("{", "JSON is malformed"),
        (#"{"name": "x", "plaice": "y"}"#, "'plaice' is unknown"),
        (#"{"name": "x", "place": ["y"]}"#, "the setting 'place' takes one value"),
        (#"{"name": "x", "names": [["y"]]}"#, "the setting 'names' takes a list of values"),
        (#"{"name": "x", "writers": 0, "linger": "z"}"#, "'z' is not"),
        (#"{"name": "x", "writers": 0, "linger": "z"}"#, "'0' is not"),
    ])
    func aFileThatIsNoConfigurationIsRefusedByName(text: String, expected: String) {
        let found = complaint(text)
        #expect(found.contains(expected) && found.contains("0.json"), "\(found)")
    }

    @Test func twoConnectorsOfOneNameAreRefused() {
        let text = #"{"name": "events"}"#
        #expect(complaint(text, text).contains("a connector called events is also in another file"))
    }

    @Test func aFileThatIsMissingIsRefused() {
        let error = #expect(throws: EFDError.self) { _ = try ConnectorFile.read(["/no/such.json"], plugin) }
        #expect(error?.description.contains("/no/such.json") == true)
    }
}

/// The subcommand `host` and failed connectors.
@Suite struct HostCommandTests {
    /// Cannot be opened, so it waits until it is stopped.
    private struct WaitingSink: Sink {
        let name = "waiting"
        let capabilities = SinkCapabilities()
        func open(_ log: Log) throws(EFDError) { throw EFDError("probe.away", "it is away", recovery: .retry) }
        func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter {
            throw EFDError("probe.unused", "no writer is made here")
        }
    }

    @Test func aConnectorThatFailsStartsAgainAndItsNeighbourGoesOn() throws {
        let starts = Locked<[String: Int]>([:])
        let make: @Sendable (Settings, Scope, ConnectorHost.Resources) throws(EFDError) -> any Sink = {
            (_, scope, _) throws(EFDError) in
            let count = starts.withLock { starts in
                starts[scope.name, default: 0] += 1
                return starts[scope.name] ?? 0
            }
            if scope.name == "fragile", count == 1 { throw EFDError("probe.broken", "the first start fails") }
            return WaitingSink()
        }
        let plugin = SinkPlugin(
            name: "probe-sink", summary: "Fails once.", sections: [], check: { _ in }, make: make)
        let settings = try Settings.parse(plugin.connectorTable, layers: [], resources: .process)
        let scope = Scope(program: "probe-sink")
        let host = ConnectorHost(scope, resources: ConnectorHost.Resources(scope))
        let connectors = ["fragile", "steady"].map {
            ConnectorHost.Connector(name: $0, plugin: plugin, settings: settings)
        }
        let failure = Locked<EFDError?>(nil)
        let thread = JoinableThread("host") {
            do throws(EFDError) { try HostCommand.run(connectors, host, scope.stop) } catch {
                failure.withLock { $0 = error }
            }
        }
        let deadline = MonotonicClock.seconds() + 30
        while starts.withLock({ $0["fragile"] ?? 0 }) < 2, MonotonicClock.seconds() < deadline {
            MonotonicClock.sleep(seconds: 0.1)
        }
        #expect(starts.withLock { $0 } == ["fragile": 2, "steady": 1])
        #expect(host.statuses.map(\.state) == [.running, .running])
        scope.stop.stop()
        thread.join()
        #expect(failure.withLock { $0 } == nil)
        #expect(host.statuses.map(\.state) == [.stopped, .stopped])
    }
}
