import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDTools

@Suite struct AuditTests {
    private func report(_ text: String) throws -> SimulationReport {
        let path = FileManager.default.temporaryDirectory.appending(path: "efd-report-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try SimulationReport(path: path)
    }

    @Test func aReportNamesTheTimesOfItsSamples() throws {
        let found = try report(
            #"{"from":"2026-11-29T10:00:00.000001Z","to":"2026-11-29T10:00:01Z","topics":{"t":3}}"#)
        let start = try #require(Timestamp.nanoseconds("2026-11-29T10:00:00.000001Z"))
        #expect(found.sent == ["t": 3])
        #expect(found.times.map { $0.contains(start) && $0.contains(start + 999_999_000) } == true)
        // Points of the run before, and of the next.
        #expect(found.times.map { $0.contains(start - 2_000_000) || $0.contains(start + 1_010_000_000) } == false)
    }

    @Test func aReportWithoutTimesCountsEverythingAndSaysSo() throws {
        let found = try report(#"{"topics":{"t":{"sent":3}}}"#)
        #expect(found.times == nil && found.remark.contains("also those of other runs"))
    }

    @Test(arguments: ["{", "[]", "{}", #"{"topics":{}}"#])
    func anUnfitReportIsRefusedByItsName(text: String) {
        let error = #expect(throws: EFDError.self) { _ = try report(text) }
        #expect(error?.message.contains("efd-report-") == true)
    }

    /// A producer counts since its start, so it may have forwarded more.
    @Test(arguments: [
        (3, Optional(3), 3, true), (3, 5, 3, true), (3, 2, 3, false), (3, nil, 3, true), (3, 3, 4, false),
        (3, nil, 2, false),
    ])
    func storedMustEqualSent(sent: Int, forwarded: Int?, stored: Int, isEqual: Bool) {
        let audit = Audit(sent: ["t": sent], forwarded: forwarded.map { ["t": $0] }, stored: ["t": stored])
        #expect(audit.isEqual == isEqual)
        #expect(audit.table.contains("DIFFERS") == !isEqual)
    }

    @Test func settingsOfTheSinkAreNotInItsHelp() {
        let names = AuditCommand.table.settings.map(\.name)
        for name in ["request-size", "alter-retention", "tag-field", "create-database", "timestamp-field"] {
            #expect(!names.contains(name), "--\(name)")
        }
        #expect(names.contains("influxdb-url"))
    }
}
