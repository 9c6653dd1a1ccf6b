import Testing

@testable import EFDParquet

@Suite struct CoverageTests {
    private func origin(_ path: String, _ from: Int64, _ next: Int64, of files: Int = 1) -> Origin {
        Origin(path: path, fileSet: .init(from: from, next: next), filesOfSet: files, rows: Int(next - from))
    }

    private func faults(_ files: [[Origin]], claimed: Int64? = nil) -> [Coverage.Fault] {
        let records = files.map { origins in
            FileRecord(
                name: FileName(topic: "t", partition: 0, first: 0, last: 1, codec: .zstd), rows: 0, bytes: 0,
                schemaID: 1, origins: origins)
        }
        return Coverage(records, claimed: claimed).faults
    }

    @Test func filesSideBySideAreWhole() {
        #expect(
            faults([[origin("a", 0, 10)], [origin("b", 10, 20, of: 2)], [origin("c", 10, 20, of: 2)]], claimed: 20)
                == [])
    }

    @Test func mergedFilesCoverWhatTheyWereMergedFrom() {
        #expect(faults([[origin("a", 0, 10), origin("b", 10, 20, of: 2)], [origin("c", 10, 20, of: 2)]]) == [])
        #expect(
            faults([[origin("a", 0, 10), origin("b", 10, 20, of: 2)]]) == [
                .files(.init(from: 10, next: 20), found: 1, expected: 2)
            ])
    }

    @Test func rowsInTwoFilesAreSeen() {
        #expect(faults([[origin("a", 0, 10)], [origin("a", 0, 10), origin("b", 10, 20)]]) == [.twice("a")])
        #expect(faults([[origin("a", 0, 10)], [origin("b", 5, 20)]]) == [.overlap(5..<10)])
    }

    @Test func holesAreSeenAlsoAtTheEnd() {
        #expect(faults([[origin("a", 0, 10)], [origin("b", 12, 20)]]) == [.gap(10..<12)])
        #expect(faults([[origin("a", 0, 10)]], claimed: 20) == [.gap(10..<20)])
        #expect(faults([], claimed: 20) == [.gap(0..<20)])
    }

    @Test func offsetsThatRestartedAreSeen() {
        #expect(faults([[origin("b", 0, 81)], [origin("a", 81, 45)]]) == [.backwards(.init(from: 81, next: 45))])
    }

    /// The sink is about to publish it, or was killed when it did.
    @Test func whatIsOnItsWayIsNoFault() {
        #expect(faults([[origin("a", 0, 10)], [origin("b", 10, 20, of: 2)]], claimed: 10) == [])
    }

    @Test func originsAreReadAsTheyWereWritten() {
        let origins = [origin("year=2026/a+0+1-2.zstd.parquet", 1, 3), origin("b", 3, 4, of: 2)]
        #expect(Origin.parse(Origin.text(origins)) == origins)
        for text in ["", "{}", "[]", "[1]", #"[["a",1,2,3]]"#, #"[["a",1,2,3,"x"]]"#] {
            #expect(Origin.parse(text) == nil)
        }
    }
}
