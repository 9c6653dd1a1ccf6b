import EFDAvro
import EFDTestKit
import Testing

/// Real records with bytes changed, by the hundred thousand.
@Suite struct MutationTests {
    static let rounds = 13_000

    @Test(arguments: 1...8)
    func changedRecordsNeverTrapAndNeverLeaveATrace(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var values = RandomAvro(seed: UInt64(seed))
        let decoding = try Decoding(seed <= 3 ? Everything.schema : values.record(fields: 12))
        let records = try (0..<20).map { _ in try AvroEncoder(decoding.schema).encode(values.value(of: decoding.schema))
        }
        let batch = decoding.batch
        var expected: [[Cell]] = []
        var faults = 0
        for round in 0..<Self.rounds {
            let bytes = Self.change(records[round % records.count], &random)
            let rows = batch.rowCount
            let fault = decoding.fault(ofColumns: bytes)
            let isFaulty = fault != nil
            faults += isFaulty ? 1 : 0
            #expect(batch.rowCount == rows + (isFaulty ? 0 : 1))
            if round % 64 == 0 {
                // Depth counts from the top for trees, from the field for columns: records within themselves may differ
                // there.
                if fault?.reason != .tooDeep {
                    #expect((decoding.fault(ofTree: bytes) != nil) == isFaulty, "round \(round): \(bytes)")
                }
                if fault == nil {
                    #expect(
                        try batch.cells(rows)
                            == ExpectedRow.cells(
                                AvroDecoder(decoding.schema).decode(bytes), decoding.schema.type, decoding.schema))
                }
            }
            if isFaulty {
                if round % 1024 == 0 { #expect(batch.contents == expected, "round \(round)") }
            } else {
                expected.append(batch.cells(rows))
                if batch.rowCount == 100 {
                    #expect(batch.contents == expected)
                    batch.removeAll()
                    expected.removeAll()
                }
            }
        }
        #expect(batch.contents == expected)
        #expect(faults > Self.rounds / 50 || decoding.plan.columns.isEmpty)
    }

    private static func change(_ record: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = record
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if !bytes.isEmpty { bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            case 1: if !bytes.isEmpty { bytes[at] = UInt8(truncatingIfNeeded: random.next()) }
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            case 3: if !bytes.isEmpty { bytes.remove(at: at) }
            case 4: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], at: at)
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }
}
