import EFDAvro
import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDParquet

/// What is written, read by others.
@Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct ParquetFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "efd-parquet-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func batch(_ plan: AvroPlan, _ schema: AvroSchema, _ random: inout RandomAvro, rows: Int) throws
        -> ColumnBatch
    {
        let batch = ColumnBatch(plan)
        for _ in 0..<rows {
            let bytes = try AvroEncoder(schema).encode(random.value(of: schema))
            try bytes.withUnsafeBytes { try plan.decode($0, into: batch) }
        }
        return batch
    }

    /// Every type, null and bit pattern, in slices of several batches, through each codec.
    @Test(arguments: UInt64(1)...12)
    func everyValueIsReadBack(seed: UInt64) throws {
        var random = RandomAvro(seed: seed * 77)
        var schema = try AvroSchema.parse(random.record(fields: 14))
        while try AvroPlan(schema).columns.isEmpty { schema = try AvroSchema.parse(random.record(fields: 14)) }
        let plan = try AvroPlan(schema)
        var format = ParquetFormat()
        format.codec = ParquetCodec.allCases[Int(seed % 3)]
        format.reals = RealEncoding.allCases[Int(seed % 2)]
        let path = "\(folder)/\(seed).parquet"
        let file = try ParquetFile(path, columns: plan.columns, format: format)
        var expected: [String] = []
        for slice in [0..<40, 3..<17, 39..<40, 8..<8, 1..<33] {
            let batch = try batch(plan, schema, &random, rows: 40)
            try file.add(batch, rows: slice)
            expected += slice.map { batch.cells($0).map(\.description).joined(separator: " ") }
            if slice.lowerBound == 39 { try file.endGroup() }
        }
        let size = try file.close([("efd.topic", "a µ topic"), ("empty", "")])
        #expect(try Files.read(path).count == size)
        #expect(try Reader.rows(path) == expected, "seed \(seed): \(schema.text)")
        let footer = try FooterReader(StoredFile(path: "\(seed).parquet", size: size), in: LocalStore(root: folder))
        let pairs = footer.pairs
        #expect(footer.rows == expected.count)
        #expect(pairs["efd.topic"] == "a µ topic" && pairs["empty"] == "" && pairs["none"] == nil)
    }

    @Test func typesEncodingsAndNotesAreWhatAUserExpects() throws {
        let schema = try AvroSchema.parse(
            """
            {"type":"record","name":"T","fields":[
              {"name":"private_efdStamp","type":"double","units":"second","description":"UTC"},
              {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"seq","type":"int"},
              {"name":"text","type":"string"},{"name":"wave","type":{"type":"array","items":"double"},"units":"µm"}]}
            """)
        let plan = try AvroPlan(schema)
        var random = RandomAvro(seed: 3)
        let path = "\(folder)/types.parquet"
        let file = try ParquetFile(path, columns: plan.columns, format: ParquetFormat())
        try file.add(try batch(plan, schema, &random, rows: 500), rows: 0..<500)
        _ = try file.close([])
        let report = try Python.run(
            """
            import sys, pyarrow.parquet as pq
            file = pq.ParquetFile(sys.argv[1])
            for field in file.schema_arrow:
                notes = {k.decode(): v.decode() for k, v in (field.metadata or {}).items() if k != b"PARQUET:field_id"}
                print(field.name, field.type, "null" if field.nullable else "not null", notes)
            group = file.metadata.row_group(0)
            for index in range(group.num_columns):
                column = group.column(index)
                print(column.path_in_schema, column.compression, column.has_offset_index, column.has_column_index, ",".join(sorted(column.encodings)))
            """, [path])
        #expect(
            report == """
                private_efdStamp double not null {'units': 'second', 'description': 'UTC'}
                at timestamp[ms, tz=UTC] not null {}
                seq int32 not null {}
                text string not null {}
                wave list<element: double not null> not null {'units': 'µm'}
                private_efdStamp ZSTD True True BYTE_STREAM_SPLIT,RLE
                at ZSTD True True DELTA_BINARY_PACKED,RLE
                seq ZSTD True True DELTA_BINARY_PACKED,RLE
                text ZSTD True True PLAIN,RLE,RLE_DICTIONARY
                wave.list.element ZSTD True True BYTE_STREAM_SPLIT,RLE

                """)
    }

    @Test func realsArePlainOnRequest() throws {
        let plan = try AvroPlan(
            AvroSchema.parse(
                #"{"type":"record","name":"T","fields":[{"name":"v","type":"double"},{"name":"w","type":"float"}]}"#))
        var format = ParquetFormat()
        format.reals = .plain
        let path = "\(folder)/plain.parquet"
        let file = try ParquetFile(path, columns: plan.columns, format: format)
        let batch = ColumnBatch(plan)
        try [UInt8](repeating: 0, count: 12).withUnsafeBytes { try plan.decode($0, into: batch) }
        try file.add(batch, rows: 0..<1)
        _ = try file.close([])
        let report = try Python.run(
            """
            import sys, pyarrow.parquet as pq
            group = pq.ParquetFile(sys.argv[1]).metadata.row_group(0)
            print([sorted(group.column(index).encodings) for index in range(2)])
            """, [path])
        #expect(report == "[['PLAIN', 'RLE'], ['PLAIN', 'RLE']]\n")
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        let plan = try AvroPlan(AvroSchema.parse(#"{"type":"record","name":"T","fields":[{"name":"v","type":"int"}]}"#))
        let error = #expect(throws: EFDError.self) {
            _ = try ParquetFile("\(folder)/none/x.parquet", columns: plan.columns, format: ParquetFormat())
        }
        #expect(error?.description.contains("none/x.parquet") == true && error?.isRetriable == true)
    }

    @Test func whatIsNoParquetFileIsSaidToBeNone() throws {
        let store = LocalStore(root: folder)
        let texts = [
            "no Parquet at all, only text", "short", "PAR1 and a length \u{1}\u{1}\u{1}\u{1}PAR1",
            "PAR1 and no footer \u{6}\0\0\0PAR1",
        ]
        for text in texts {
            try Files.write(Array(text.utf8), to: "\(folder)/text.parquet")
            let error = #expect(throws: EFDError.self) {
                _ = try FooterReader(StoredFile(path: "text.parquet", size: text.utf8.count), in: store)
            }
            #expect(error?.code == "parquet.footerBroken", "\(text): \(error?.description ?? "")")
        }
    }
}
