import Testing

@testable import EFDParquet

@Suite struct MergePlanTests {
    private let plan = MergePlan(targetBytes: 100, rowLimit: 1000)

    private func file(
        _ first: Int64, _ last: Int64, bytes: Int, rows: Int = 10, partition: Int32 = 0, schema: Int64 = 1
    ) -> FileRecord {
        FileRecord(
            name: FileName(topic: "t", partition: partition, first: first, last: last, codec: .zstd), rows: rows,
            bytes: bytes, schemaID: schema)
    }

    private func groups(_ files: [FileRecord]) -> [[Int64]] { plan.groups(files).map { $0.map(\.name.first) } }

    @Test func smallFilesOfOnePartitionAndSchemaMeetInTheOrderOfTheirOffsets() {
        let files = [
            file(20, 29, bytes: 10), file(0, 9, bytes: 10), file(10, 19, bytes: 10, schema: 2),
            file(0, 9, bytes: 10, partition: 1), file(30, 39, bytes: 10),
        ]
        #expect(groups(files) == [[0, 20, 30]])
    }

    @Test func aGroupEndsAtTheTargetOrTheRowsOfAFile() {
        #expect(
            groups([file(0, 9, bytes: 40), file(10, 19, bytes: 40), file(20, 29, bytes: 40), file(30, 39, bytes: 40)])
                == [[0, 10], [20, 30]])
        #expect(
            groups([
                file(0, 9, bytes: 1, rows: 600), file(10, 19, bytes: 1, rows: 400), file(20, 29, bytes: 1, rows: 1),
            ]) == [[0, 10]])
    }

    @Test func largeFilesAndSingleOnesStay() {
        #expect(groups([file(0, 9, bytes: 50), file(10, 19, bytes: 49), file(20, 29, bytes: 120)]) == [])
        #expect(groups([]) == [])
    }
}
