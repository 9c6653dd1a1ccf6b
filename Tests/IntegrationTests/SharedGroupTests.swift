import EFDCore
import EFDHTTP
import EFDTestKit
import Testing

extension RealParts {
    /// Sinks that share a consumer group share its partitions: they must store in the same place.
    @Suite(.serialized, .enabled(if: TestBroker.isRealWanted, "the embedded broker describes no groups"))
    struct SharedGroupTests {
        private func readiness(_ process: TestProcess) throws -> String {
            try HTTPClient().request(.get, try HTTPURL(try process.address()).appending("readyz")).text
        }

        private func isAlarmed(_ process: TestProcess) throws -> Bool {
            try readiness(process).contains("has members that store elsewhere")
        }

        @Test func aMemberThatStoresElsewhereFailsReadinessUntilItLeaves() throws {
            let flow = try Flow()
            let component = "Shared\(flow.database)"
            try TestBroker.shared().createTopic("lsst.sal.\(component).level", partitions: 3)
            let pattern = #"lsst\.sal\."# + component + #"\..*"#
            let first = try flow.sink(pattern)
            let same = try flow.sink(pattern)
            for process in [first, same] { try process.waitUntilReady() }
            let other = try flow.sink(pattern, ["--influxdb-database", "\(flow.database)b"])
            _ = try until(seconds: 90, "nobody is alarmed: \(first.output)") {
                let all = try [first, same, other].map { try isAlarmed($0) }
                return all == [true, true, true] ? true : nil
            }
            let text = try readiness(first)
            #expect(text.contains("g-\(flow.database)") && text.contains("influx-sink.to-"), "\(text)")
            #expect(text.contains("--group-id"))
            #expect(first.output.contains("sink.groupShared") && first.output.contains(#""level":"error""#))
            #expect(other.stop() == 0)
            for process in [first, same] {
                try process.waitUntilReady(seconds: 60)
                #expect(try !isAlarmed(process))
                #expect(process.stop() == 0)
            }
        }
    }
}
