import EFDAvro
import EFDCore
import EFDTestKit
import Testing

/// Joined batches equal one batch of all their rows.
@Suite struct AppendTests {
    @Test(arguments: UInt64(1)...60)
    func rowsOfManyBatchesBecomeRowsOfOne(seed: UInt64) throws {
        var random = RandomAvro(seed: seed)
        var lengths = SeededGenerator(seed: seed)
        let schema = try AvroSchema.parse(random.record(fields: 12))
        let plan = try AvroPlan(schema)
        let (whole, gathered) = (ColumnBatch(plan), ColumnBatch(plan))
        for _ in 0..<12 {
            let part = ColumnBatch(plan)
            for _ in 0..<Int.random(in: 0...23, using: &lengths) {
                let bytes = try AvroEncoder(schema).encode(random.value(of: schema))
                for batch in [whole, part] { try bytes.withUnsafeBytes { try plan.decode($0, into: batch) } }
            }
            #expect(gathered.append(part))
        }
        #expect(gathered.contents == whole.contents, "seed \(seed): \(schema.text)")
        // A joined batch accepts further rows.
        let bytes = try AvroEncoder(schema).encode(random.value(of: schema))
        for batch in [whole, gathered] { try bytes.withUnsafeBytes { try plan.decode($0, into: batch) } }
        #expect(gathered.contents == whole.contents, "seed \(seed)")
        #expect(gathered.allocatedBytes >= gathered.byteCount)
    }
}
