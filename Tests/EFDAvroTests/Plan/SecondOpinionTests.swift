import EFDAvro
import EFDCore
import EFDTestKit
import Testing

/// libavro and this library say the same of the same bytes.
@Suite struct SecondOpinionTests {
    static let seeds = Array(stride(from: UInt64(1), through: 400, by: 20))

    @Test(arguments: seeds)
    func randomValuesAreTheSameForLibavro(seed: UInt64) throws {
        for seed in seed..<seed + 20 {
            var random = RandomAvro(seed: seed)
            let text = random.record()
            let schema = try AvroSchema.parse(text)
            let other = try LibAvro(text)
            let plan = try AvroPlan(schema)
            let batch = ColumnBatch(plan)
            var expected: [[Cell]] = []
            for _ in 0..<12 {
                let value = random.value(of: schema)
                let bytes = try AvroEncoder(schema).encode(value)
                let theirs = try other.decode(bytes)
                #expect(theirs.count == bytes.count, "seed \(seed)")
                #expect(
                    try AvroEncoder(schema).encode(theirs.value) == bytes,
                    "seed \(seed): libavro reads our bytes differently: \(text)")
                // libavro divides arrays and maps into its own blocks.
                let foreign = try other.encode(value)
                #expect(
                    try AvroEncoder(schema).encode(AvroDecoder(schema).decode(foreign)) == bytes,
                    "seed \(seed): we read libavro's bytes differently: \(text)")
                for bytes in [bytes, foreign] {
                    try bytes.withUnsafeBytes { try plan.decode($0, into: batch) }
                    expected.append(ExpectedRow.cells(value, schema.type, schema))
                    let shown = try bytes.withUnsafeBytes { try AvroText.json($0, schema) }
                    #expect(shown == ExpectedText.json(value, schema.type, schema))
                    _ = try JSON.parse(shown)
                }
            }
            #expect(batch.contents == expected, "seed \(seed): \(text)")
        }
    }

    @Test(.enabled(if: SharedData.folder != nil, "needs the shared data"))
    func theSchemasOfRealTopicsAreTheSameForLibavro() throws {
        let folder = try #require(SharedData.folder) + "/avsc"
        let names = try Files.names(in: folder).filter { $0.hasSuffix(".avsc") }
        #expect(names.count >= 6)
        for name in names {
            let text = String(decoding: try Files.read("\(folder)/\(name)"), as: UTF8.self)
            let schema = try AvroSchema.parse(text)
            let plan = try AvroPlan(schema)
            let other = try LibAvro(text)
            var random = RandomAvro(seed: 7)
            for _ in 0..<50 {
                let value = random.value(of: schema)
                let bytes = try AvroEncoder(schema).encode(value)
                #expect(try AvroEncoder(schema).encode(other.decode(bytes).value) == bytes, "\(name)")
                let batch = ColumnBatch(plan)
                try bytes.withUnsafeBytes { try plan.decode($0, into: batch) }
                #expect(batch.contents == [ExpectedRow.cells(value, schema.type, schema)], "\(name)")
            }
        }
    }
}
