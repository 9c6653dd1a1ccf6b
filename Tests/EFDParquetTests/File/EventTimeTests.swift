import EFDAvro
import EFDCore
import EFDSink
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// Times of rows as files tell them, for every logical type and unit.
@Suite struct EventTimeTests {
    private static let recordTime = (milliseconds: Int64(1_600_000_000_125), text: "2020-09-13T12:26:40.125000Z")

    @Test(arguments: EventTimeCase.all)
    func theFooterHasTheMoment(entry: EventTimeCase) throws {
        let local = LocalStore(
            root: FileManager.default.temporaryDirectory.appending(path: "efd-times-\(UUID().uuidString)").path)
        defer { try? FileManager.default.removeItem(atPath: local.root) }
        let rows = try TestRows(
            "lsst.sal.Test.times",
            #"{"type":"record","name":"R","fields":[{"name":"n","type":"int"},{"name":"stamp","type":\#(entry.type)}]}"#
        )
        var options = try SinkProcess.options(rotateRows: 1 << 20)
        options.timeFields = ["stamp"]
        options.timeUnit = entry.unit
        let writer = ParquetSinkWriter(
            Publisher(store: local, staging: try local.makeStaging(), format: ParquetFormat(), log: .silent), options,
            budget: MemoryBudget(limit: 1 << 40), metrics: ParquetMetrics(Metrics()), log: .silent
        ) { _, _ in .unknown }
        _ = writer.write([try rows.batch([(7, Self.recordTime.milliseconds, [.int(1), entry.value])])])
        guard case .flushed = writer.flush(all: true) else { throw EFDError("test.notFlushed", "") }

        let file = try #require(try local.files(below: rows.topic).first)
        let pairs = try FooterReader(file, in: local).pairs
        switch entry.expected {
        case .moment(_, let text):
            #expect(pairs["efd.event.first"] == text && pairs["efd.event.last"] == text)
            #expect(pairs["efd.event.field"] == "stamp")
            let hour =
                "/year=\(text.prefix(4))/month=\(text.dropFirst(5).prefix(2))/"
                + "day=\(text.dropFirst(8).prefix(2))/hour=\(text.dropFirst(11).prefix(2))/"
            #expect(file.path.contains(hour))
        case .field:
            #expect(pairs["efd.event.first"] == Self.recordTime.text && pairs["efd.event.field"] == "")
        }
    }
}
