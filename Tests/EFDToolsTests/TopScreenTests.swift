import EFDCore
import EFDTestKit
import Testing

@testable import EFDTools

@Suite struct TopScreenTests {
    private func page(_ program: String, _ lines: [String]) -> String {
        (["efd_build_info{program=\"\(program)\",version=\"1\"} 1"] + lines).joined(separator: "\n") + "\n"
    }

    private func screen(_ pages: [String?], before: [String?]? = nil, expected: String? = nil) -> TopScreen {
        func samples(_ pages: [String?], _ seconds: Double) -> [TopSample] {
            pages.enumerated().map {
                TopSample(address: "127.0.0.1:\($0)", expected: expected, seconds: seconds, text: $1)
            }
        }
        return TopScreen(samples: samples(pages, 2), previous: before.map { samples($0, 1) } ?? [], elapsed: 2)
    }

    private func cells(_ screen: TopScreen) -> [String] {
        screen.table(rows: 20, lineEnd: "\n").split(separator: "\n").dropFirst(2).first?.split(separator: " ").map(
            String.init) ?? []
    }

    /// The numbers of a service: in and out per second, out, waiting, buffered, lost, rejected.
    @Test(arguments: [
        (
            "replicator",
            [
                "efd_records_copied_total{topic=\"all\"} 500", "efd_replication_lag_records{topic=\"all\"} 40",
                "efd_source_lost_records_total 3",
            ], ["efd_records_copied_total{topic=\"all\"} 400"], ["100", "100", "500", "40", "-", "3", "-"]
        ),
        (
            "parquet-sink",
            [
                "efd_records_received_total{topic=\"all\"} 50", "efd_records_stored_total{topic=\"all\"} 10",
                "efd_consumer_lag_records 41568", "efd_parquet_buffered_rows 40", "efd_offset_gap_records_total 0",
                "efd_records_rejected_total{topic=\"all\"} 2",
            ], ["efd_records_received_total{topic=\"all\"} 45"], ["5", "10", "10", "41568", "40", "0", "2"]
        ),
        ("efd registry", ["efd_registry_requests_total 7"], [], ["7", "-", "-", "-", "-", "-", "-"]),
    ])
    func eachServiceShowsItsOwnNumbers(program: String, now: [String], before: [String], expected: [String]) {
        let screen = screen([page(program, now)], before: [page(program, before)])
        let name = program.split(separator: " ").count
        #expect(Array(cells(screen).dropFirst(name).prefix(7)) == expected)
    }

    @Test func latenciesOfSeveralTopicsAreAddedUp() {
        func buckets(_ topic: String, _ low: Int, _ all: Int) -> [String] {
            [("1", low), ("2", all), ("+Inf", all)].map {
                "efd_record_latency_seconds_bucket{topic=\"\(topic)\",le=\"\($0.0)\"} \($0.1)"
            }
        }
        let screen = screen([page("replicator", buckets("a", 0, 10) + buckets("b", 30, 30))])
        #expect(screen.table(rows: 1, lineEnd: "\n").contains("666.7 ms"))
    }

    private static let manyTopics = (0..<50).flatMap { number in
        [
            "efd_records_received_total{topic=\"lsst.sal.MTM1M3.logevent_number\(number)\"} \(number * 1_000_000)",
            "efd_records_stored_total{topic=\"lsst.sal.MTM1M3.logevent_number\(number)\"} \(number * 1_000_000)",
        ]
    }

    @Test(arguments: [(24, 80), (24, 40), (10, 60), (50, 200), (4, 20)])
    func theScreenFitsTheTerminal(rows: Int, columns: Int) {
        let services = [page("influx-sink", Self.manyTopics), page("salkafka-producer", []), nil]
        let size = Terminal.Size(rows: rows, columns: columns)
        let lines = screen(services).table(rows: 20, size: size, lineEnd: "\n").split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= rows)
        #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
        #expect(lines.contains { $0.contains("influx-sink") } || rows < 5)
        #expect(lines.contains { $0.contains("lsst.sal.") || $0.contains("…") } || rows < 24)
    }

    @Test func whatItCannotSeeIsNamed() {
        let without = page("influx-sink", ["efd_records_stored_total{topic=\"all\"} 5"])
        let table = screen([without, nil, "<html>other_total 0\n"]).table(rows: 5, lineEnd: "\n")
        #expect(table.contains("without topics, for lack of --metrics-by-topic: influx-sink"))
        #expect(table.contains("127.0.0.1:1: no answer"))
        #expect(table.contains("127.0.0.1:2: answers, but not as a service of this suite"))
        #expect(!screen([nil, "x 0\n"]).hasService)
        let byDefault = screen([nil], expected: "replicator").table(rows: 5, lineEnd: "\n")
        #expect(byDefault.contains("not there: replicator (127.0.0.1:0)"))
    }

    @Test(arguments: ["NaN", "+Inf", "-Inf", "1e300"])
    func aNumberThatIsNoneIsNoEnd(text: String) {
        let page = page("influx-sink", ["efd_records_stored_total{topic=\"t\"} \(text)"])
        #expect(screen([page], before: [page]).table(rows: 5, lineEnd: "\n").contains("influx-sink"))
    }

    @Test func defaultPortsWithoutAServiceAreNamedInFull() {
        let size = Terminal.Size(rows: 24, columns: 40)
        let table = screen(Array(repeating: nil, count: 6), expected: "salkafka-producer").table(
            rows: 5, size: size, lineEnd: "\n")
        for number in 0..<6 { #expect(table.contains("salkafka-producer (127.0.0.1:\(number))"), "\(table)") }
        #expect(!table.contains("SERVICE"))
    }
}
