import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDReplication

extension TwoSites {
    /// Records whose header tells their schema, as Confluent's serializers write them since 8.0: what their bytes begin
    /// with is not an id.
    @Suite struct SchemaHeaderTests {
        @Test(arguments: [SchemaMode.preserve, .translate]) func recordsWithAHeaderOfTheirOwnPassAsTheyAre(
            mode: SchemaMode
        ) throws {
            let sites = try Sites.shared()
            let name = TestBroker.uniqueName("guid-\(mode.rawValue)")
            let here = try RegistryProcess(sites.source, topic: "_schemas-\(name)")
            let there = try RegistryProcess(sites.target, topic: "_schemas-\(name)")
            defer { for registry in [here, there] { registry.process.kill() } }
            if mode == .translate {
                _ = try RegistryClient(try RegistryOptions([there.url])).register("\"long\"", subject: "shifts-the-ids")
            }
            let topic = try sites.makeTopic(name)
            let id = try RegistryClient(try RegistryOptions([here.url])).register(
                "\"string\"", subject: topic + "-value")
            let (known, unknown) = (
                ConfluentFrame.header(schemaID: id) + [2, 65], ConfluentFrame.header(schemaID: 4711) + [2, 65]
            )
            let header: [(String, [UInt8]?)] = [("__value_schema_id", [1] + Array(repeating: 7, count: 16))]
            let writer = try Writer(sites.source)
            try writer.write(topic, value: known)
            for value in [known, unknown, known] { try writer.write(topic, value: value, headers: header) }
            try writer.write(topic, value: known)
            try writer.finish()
            // An unknown id would stall the partition.
            let replicator = try sites.replicator(
                topic, group: topic, "--schema-mode", mode.rawValue, "--source-registry-url", here.url,
                "--target-registry-url", there.url,
                "--unknown-schema-wait", "1h")
            defer { replicator.stop() }
            let values = try Reader.records(sites.target, topic, 0, until: 5).map(\.value)
            let written = mode == .translate ? ConfluentFrame.header(schemaID: id + 1) + [2, 65] : known
            #expect(values == [written, known, unknown, known, written], "\(replicator.output)")
            let verify = try TestProcess(
                "replicator",
                [
                    "verify", "--topic-regex", topic, "--schema-mode", mode.rawValue, "--source-registry-url", here.url,
                    "--target-registry-url", there.url,
                    "--source-bootstrap-servers", sites.source, "--target-bootstrap-servers", sites.target,
                ])
            #expect(verify.wait(seconds: 60) == 0, "\(verify.output)")
        }
    }
}
