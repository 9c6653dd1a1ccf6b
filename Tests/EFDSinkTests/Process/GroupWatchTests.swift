import EFDKafka
import EFDTestKit
import Testing

@testable import EFDCore
@testable import EFDSink

/// Which connectors may share a consumer group.
@Suite struct GroupWatchTests {
    private struct PlaceSink: Sink {
        let name: String
        let destination: String?
        let capabilities = SinkCapabilities()
        func open(_ log: Log) {}
        func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter {
            throw EFDError("probe.unused", "no writer is made here")
        }
    }

    private func mark(_ name: String, _ place: String?) -> DestinationMark? {
        DestinationMark(PlaceSink(name: name, destination: place))
    }

    @Test func aMarkStandsForOneDestinationOfOneKind() throws {
        let one = try #require(mark("influxdb", "server/a"))
        #expect(mark("influxdb", "server/a") == one)
        #expect(mark("influxdb", "server/b") != one)
        #expect(mark("parquet", "server/a") != one)
        #expect(mark("stdout", nil) == nil)
        // It is compared between processes of different versions: the same text always gives the same digits.
        #expect(one.clientID("influx-sink") == "influx-sink.to-\(one.digits)")
        #expect(DestinationMark(clientID: one.clientID("influx-sink")) == one)
        #expect(DestinationMark(clientID: one.clientID("")) == one)
    }

    @Test(arguments: ["influx-sink", "rdkafka", "", "x.to-1234567", "x.to-1234567g", "x-to-12345678"])
    func aClientIDWithoutAMarkSaysNothing(clientID: String) {
        #expect(DestinationMark(clientID: clientID) == nil)
    }

    @Test func onlyMembersWithAnotherMarkAreForeign() throws {
        let (own, other) = (try #require(mark("influxdb", "a")), try #require(mark("parquet", "b")))
        func found(_ ids: String...) -> EFDError? {
            let members = ids.map { ConsumerGroup.Member(clientID: $0, host: "/10.0.0.7") }
            return GroupWatch.foreigner(among: members, own, "efd.influx-sink")
        }
        #expect(found() == nil)
        #expect(found(own.clientID("influx-sink"), own.clientID("renamed"), "kcat") == nil)
        let error = try #require(found(own.clientID("influx-sink"), other.clientID("parquet-sink"), "kcat"))
        #expect(error.code == "sink.groupShared" && error.recovery == .intervene)
        #expect(error.message.contains("efd.influx-sink") && error.message.contains("parquet-sink.to-"))
        #expect(!error.message.contains("kcat"))
    }
}
