import EFDCore
import EFDHTTP
import EFDInflux
import Foundation
import Testing

@testable import EFDProducer
@testable import EFDRegistryServer
@testable import EFDReplication
@testable import EFDSink
@testable import EFDTools

/// What all programs have alike.
@Suite struct ProgramsTests {
    @Test func everyServiceHasAPortOfItsOwn() throws {
        #expect(Set(ServicePort.all.map(\.port)).count == ServicePort.all.count)
        var seen: Set<String> = []
        for table in ReferenceTests.tables + [HostCommand.table(InfluxService.plugin)] {
            guard let listen = table.settings.first(where: { $0.name == "http-listen" }) else { continue }
            let program = table.program.replacingOccurrences(of: " host", with: "")
            #expect(listen.defaultText == "127.0.0.1:\(ServicePort.of(program))", "\(table.program)")
            #expect(ServicePort.of(program) != 0, "\(program) has no port in ServicePort.all")
            seen.insert(program)
        }
        let page = try Repository.text("docs/running.md")
        for (program, port) in ServicePort.all {
            #expect(page.contains("| `\(program)` | \(port) |"), "docs/running.md lacks the port of \(program)")
            #expect(seen.contains(program) || program == "json-sink")
        }
    }

    @Test func createdTopicsHaveTheBrokersReplicationFactor() {
        for table in ReferenceTests.tables {
            for spec in table.settings where spec.name.contains("replication") && spec.kind == .integer(-1...15) {
                #expect(spec.name == "replication-factor" && spec.defaultText == "-1", "\(table.program)")
            }
        }
    }

    /// With series by topic, a series `topic="all"` that stays 0 would look like a sum.
    @Test(arguments: [true, false]) func seriesByTopicHaveNoSeriesOfAll(byTopic: Bool) {
        let makers: [(Metrics) -> Void] = [
            { _ = SinkMetrics($0, byTopic: byTopic).topic("t") },
            { _ = ProducerMetrics($0, byTopic: byTopic).lane("t") },
            { _ = ReplicatorMetrics($0, byTopic: byTopic).topic("t") },
        ]
        for make in makers {
            let metrics = Metrics()
            make(metrics)
            #expect(metrics.text.contains("topic=\"t\"") == byTopic)
            #expect(metrics.text.contains("topic=\"all\"") != byTopic)
        }
    }
}
