import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

struct ReplicationStatusTests {
    private static func progress(_ topic: String, _ partition: Int32, next: Int64, stamp: Int64) -> ProgressRecord {
        var record = ProgressRecord(TopicPartition(topic, partition), next: next)
        record.anchor = ProgressRecord.Anchor(offset: next - 1, timestamp: stamp, checksum: .crc32c(0))
        record.written = 990_000
        return record
    }

    @Test func lagAgeAndPositionsOfATopic() {
        var status = ReplicationStatus(now: 1000)
        status.add(TopicPartition("a", 0), 10..<100, Self.progress("a", 0, next: 90, stamp: 940_000))
        status.add(TopicPartition("a", 1), 0..<50, Self.progress("a", 1, next: 50, stamp: 100_000))
        status.add(TopicPartition("b", 0), 5..<9, nil)
        status.add(TopicPartition("c", 0), 0..<4, Self.progress("c", 0, next: 4, stamp: 0))
        status.addVanished([TopicPartition("a", 0), TopicPartition("gone", 2)])
        let text = status.text(laggingOnly: false, width: nil)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines[1] == "a 2 10 60 s 10 s ago 0:90 1:50")
        #expect(lines[2] == "b 1 4 ? never 0:5 1 partitions not started")
        #expect(lines[3] == "c 1 0 0 s 10 s ago 0:4")
        #expect(lines[4].hasSuffix("deleted at the source"))
        #expect(lines[5] == "4 topics, 2 of them behind, by 14 records")
        #expect(!status.text(laggingOnly: true, width: nil).contains("c  "))
    }
}

extension TwoSites {
    @Suite struct StatusTests {
        @Test func itTellsWithoutAskingTheProcesses() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("status", partitions: 2)
            let writer = try Writer(sites.source)
            for number in 0..<30 { try writer.write(topic, Int32(number % 2), value: Array("v\(number)".utf8)) }
            try writer.finish()
            let replicator = try sites.replicator(topic, group: topic)
            try Reader.expectEqual(sites, topic, partitions: 2, replicator.output)
            func status(_ more: String...) throws -> String {
                let process = try TestProcess(
                    "replicator",
                    [
                        "status", "--group-id", topic, "--topic-regex", topic, "--source-bootstrap-servers",
                        sites.source, "--target-bootstrap-servers",
                        sites.target,
                    ] + more)
                #expect(process.wait(seconds: 60) == 0, "\(process.output)")
                return process.output
            }
            let live = try status("--metrics-url", try replicator.address())
            #expect(
                live.contains("0:15 1:15") && live.contains("by 0 records") && live.contains("RECORDS/S"), "\(live)")
            #expect(replicator.stop() == 0)
            for number in 0..<4 { try writer.write(topic, 1, value: Array("w\(number)".utf8)) }
            try writer.finish()
            let late = try status()
            #expect(late.contains("1 of them behind, by 4 records"), "\(late)")
        }

        @Test func whatIsNoReplicationIsReported() throws {
            let sites = try Sites.shared()
            let process = try TestProcess(
                "replicator",
                [
                    "status", "--group-id", "nobody", "--source-bootstrap-servers", sites.source,
                    "--target-bootstrap-servers", sites.target,
                ])
            #expect(process.wait(seconds: 60) == 1)
            #expect(process.output.contains("nobody.progress.internal"))
        }
    }
}
