import EFDAvro
import EFDCore
import EFDTestKit
import Testing

/// The column of each type.
@Suite struct ColumnTests {
    struct Mapping: Sendable, CustomTestStringConvertible {
        let type: String
        let kind: Column.Kind?
        var nullable = false
        var nullableItems = false
        var text = false
        var logical: String?
        var testDescription: String { type }
    }

    static let mappings: [Mapping] = [
        Mapping(type: #""boolean""#, kind: .boolean), Mapping(type: #""int""#, kind: .int32),
        Mapping(type: #""long""#, kind: .int64),
        Mapping(type: #""float""#, kind: .float32), Mapping(type: #""double""#, kind: .float64),
        Mapping(type: #""string""#, kind: .string),
        Mapping(type: #""bytes""#, kind: .binary), Mapping(type: #""null""#, kind: nil),
        Mapping(type: #"{"type":"long","logicalType":"timestamp-micros"}"#, kind: .int64, logical: "timestamp-micros"),
        Mapping(type: #"["null",{"type":"int","logicalType":"date"}]"#, kind: .int32, nullable: true, logical: "date"),
        Mapping(
            type: #"{"type":"fixed","name":"F","size":4,"logicalType":"decimal"}"#, kind: .binary, logical: "decimal"),
        Mapping(type: #"{"type":"enum","name":"E","symbols":["A"]}"#, kind: .string),
        Mapping(type: #"["double","null"]"#, kind: .float64, nullable: true),
        Mapping(type: #"{"type":"array","items":"int"}"#, kind: .list(.int32)),
        Mapping(type: #"{"type":"array","items":"bytes"}"#, kind: .list(.binary)),
        Mapping(
            type: #"["null",{"type":"array","items":["null","string"]}]"#, kind: .list(.string), nullable: true,
            nullableItems: true),
        Mapping(type: #"{"type":"array","items":{"type":"array","items":"int"}}"#, kind: .string, text: true),
        Mapping(type: #"{"type":"map","values":"int"}"#, kind: .string, text: true),
        Mapping(type: #"["null",{"type":"map","values":"int"}]"#, kind: .string, nullable: true, text: true),
        Mapping(type: #"["int","string"]"#, kind: .string, text: true),
        Mapping(type: #"["int","string","null"]"#, kind: .string, nullable: true, text: true),
        Mapping(type: #"["null",{"type":"record","name":"I","fields":[]}]"#, kind: .string, nullable: true, text: true),
        Mapping(type: #"["null","Top"]"#, kind: .string, nullable: true, text: true),
    ]

    @Test(arguments: mappings)
    func everyTypeHasItsColumn(mapping: Mapping) throws {
        let plan = try AvroPlan(AvroSchema.parse(Decoding.field(mapping.type)))
        guard let kind = mapping.kind else {
            #expect(plan.columns.isEmpty)
            return
        }
        let column = try #require(plan.columns.first)
        #expect(plan.columns.count == 1 && column.name == "f")
        #expect(
            column.kind == kind && column.isNullable == mapping.nullable
                && column.hasNullableItems == mapping.nullableItems)
        #expect(column.isJSONText == mapping.text && column.logical == mapping.logical)
    }

    @Test func recordsWithinRecordsAreFlattened() throws {
        let plan = try AvroPlan(AvroSchema.parse(Everything.schema))
        #expect(plan.columns.map(\.name).filter { $0.contains(".") } == ["in.p", "in.q.r"])
        #expect(!plan.columns.contains { $0.name == "z" }, "null holds nothing")
    }

    @Test func attributesOfAFieldStayWithItsColumn() throws {
        let text =
            #"{"type":"record","name":"T","fields":[{"name":"az","type":"double","units":"deg","description":"azimuth","doc":"x"}]}"#
        let column = try #require(try AvroPlan(AvroSchema.parse(text)).columns.first)
        #expect(column.units == "deg" && column.description == "azimuth" && column.attributes["doc"] == nil)
    }

    @Test func onlyRecordsBecomeColumns() throws {
        for text in [#""int""#, #"["null","int"]"#, #"{"type":"array","items":"int"}"#] {
            let error = #expect(throws: EFDError.self) { try AvroPlan(AvroSchema.parse(text)) }
            #expect(error?.code == "avro.recordExpected" && error?.recovery == .reject)
        }
    }

    @Test func recordsWithoutFieldsAreRows() throws {
        let decoding = try Decoding(#"{"type":"record","name":"Empty","fields":[]}"#)
        for _ in 0..<100 { #expect(decoding.fault(ofColumns: []) == nil) }
        #expect(decoding.fault(ofColumns: [0])?.reason == .trailingBytes)
        #expect(decoding.batch.rowCount == 100 && decoding.batch.byteCount == 0)
    }

    /// The widest record of the EFD has 14,486 columns.
    @Test func wideRecordsKeepTheirColumnsApart() throws {
        let count = 14_486
        let fields = (0..<count).map {
            #"{"name":"c\#($0)","type":"\#(["double", "int", "string", "boolean"][$0 % 4])"}"#
        }
        let decoding = try Decoding(#"{"type":"record","name":"Wide","fields":[\#(fields.joined(separator: ","))]}"#)
        for row in 0..<20 {
            let value = AvroValue.record(
                (0..<count).map { index in
                    switch index % 4 {
                    case 0: .double(Double(index * 100 + row))
                    case 1: .int(Int32(index * 100 + row))
                    case 2: .string("\(index) \(row)")
                    default: .boolean((index + row) % 3 == 0)
                    }
                })
            let bytes = try AvroEncoder(decoding.schema).encode(value)
            #expect(decoding.fault(ofColumns: bytes) == nil)
            #expect(decoding.batch.cells(row) == ExpectedRow.cells(value, decoding.schema.type, decoding.schema))
        }
        let batch = decoding.batch
        #expect(batch.float64("c14484").map { Array($0) } == (0..<20).map { 1_448_400 + Double($0) })
        #expect(batch.view(2).string(19) == "2 19" && batch.view(3).boolean(0) && !batch.view(3).boolean(1))
    }

    @Test func batchesGrowAndAreUsedAgain() throws {
        let decoding = try Decoding(Everything.schema)
        var random = RandomAvro(seed: 11)
        let values = (0..<40).map { _ in random.value(of: decoding.schema) }
        let records = try values.map { try AvroEncoder(decoding.schema).encode($0) }
        let expected = values.map { ExpectedRow.cells($0, decoding.schema.type, decoding.schema) }
        for rows in [700, 3, 250] {
            decoding.batch.removeAll()
            #expect(decoding.batch.byteCount == 0 && decoding.batch.rowCount == 0)
            for row in 0..<rows { #expect(decoding.fault(ofColumns: records[row % 40]) == nil) }
            #expect(decoding.batch.rowCount == rows)
            for row in stride(from: 0, to: rows, by: 13) { #expect(decoding.batch.cells(row) == expected[row % 40]) }
            #expect(decoding.batch.cells(rows - 1) == expected[(rows - 1) % 40])
        }
    }

    @Test func buffersAreLaidOutAsArrowSays() throws {
        let decoding = try Decoding(
            #"{"type":"record","name":"T","fields":[{"name":"d","type":["null","double"]},{"name":"s","type":"string"},{"name":"a","type":{"type":"array","items":"int"}}]}"#
        )
        for row in 0..<9 {
            let value = AvroValue.record([
                row % 2 == 0 ? .union(1, .double(1.5)) : .union(0, .null), .string("ab"),
                .array([.int(Int32(row)), .int(7)]),
            ])
            #expect(decoding.fault(ofColumns: try AvroEncoder(decoding.schema).encode(value)) == nil)
        }
        let batch = decoding.batch
        let doubles = batch.view(0)
        #expect(doubles.validity?[0] == 0b0101_0101 && doubles.validity?[1] == 1)
        #expect(Array(doubles.values(as: Double.self)) == [1.5, 0, 1.5, 0, 1.5, 0, 1.5, 0, 1.5])
        #expect(batch.view(1).validity == nil)
        #expect((0..<9).map { batch.view(1).range($0) } == (0..<9).map { $0 * 2..<$0 * 2 + 2 })
        #expect(batch.view(2).range(8) == 16..<18 && batch.itemView(2).count == 18)
        #expect(Array(batch.itemView(2).values(as: Int32.self)) == (0..<9).flatMap { [Int32($0), 7] })
        for column in 0..<3 { #expect(UInt(bitPattern: batch.view(column).valuesPointer) % 64 == 0) }
        // Values, validity, offsets, text, items.
        #expect(batch.byteCount == (9 * 8 + 2) + (10 * 4 + 18) + (10 * 4 + 18 * 4))
        #expect(batch.index(of: "a") == 2 && batch.index(of: "none") == nil && batch.float64("s") == nil)
    }
}
