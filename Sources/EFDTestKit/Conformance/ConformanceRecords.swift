import EFDAvro
import EFDCore

/// A record that a sink rejects, among others that it stores.
public struct RejectedRow: Sendable {
    /// Avro, with the fields `p` and `n`.
    public let schema: String
    /// The record of partition `p` at offset `n`, which is stored.
    public let stored: @Sendable (_ p: Int64, _ n: Int64) -> AvroValue
    public let rejected: AvroValue

    public init(
        schema: String, stored: @escaping @Sendable (_ p: Int64, _ n: Int64) -> AvroValue, rejected: AvroValue
    ) {
        (self.schema, self.stored, self.rejected) = (schema, stored, rejected)
    }

    /// Every field of it is null.
    public static let withoutValues = RejectedRow(
        schema: """
            {"type":"record","name":"Odd","fields":[{"name":"p","type":["null","long"]},\
            {"name":"n","type":["null","long"]}]}
            """,
        stored: { .record([.union(1, .long($0)), .union(1, .long($1))]) },
        rejected: .record([.union(0, .null), .union(0, .null)]))
}

/// A record as a test sends it, and what should become of it.
struct TestRecord: Sendable {
    enum Fate: Equatable, Sendable {
        case stored
        /// It goes to the dead-letter topic, with this code.
        case undecodable(String)
        case rejected
    }

    let value: [UInt8]?
    let fate: Fate

    static let key = Array("key".utf8)
}

/// A topic with all its records, by partition.
struct TestTopic: Sendable {
    let name: String
    let partitions: [[TestRecord]]

    var rows: [StoredRow] { rows { $0 == .stored } }
    var ends: [Int32: Int64] {
        Dictionary(uniqueKeysWithValues: partitions.enumerated().map { (Int32($0), Int64($1.count)) })
    }

    func rows(where isWanted: (TestRecord.Fate) -> Bool) -> [StoredRow] {
        partitions.enumerated().flatMap { partition, records in
            records.enumerated().compactMap {
                isWanted($1.fate) ? StoredRow(name, Int32(partition), Int64($0)) : nil
            }
        }
    }

    func record(_ row: StoredRow) -> TestRecord { partitions[Int(row.partition)][Int(row.offset)] }
}

/// What the suite's topics hold.
enum ConformanceRecords {
    /// Ids in the suite's registry. The unknown one has the schema of `plain`, once it is known.
    static let (plain, wider, unknown, never): (Int32, Int32, Int32, Int32) = (1, 2, 9, 404)
    static let rowsOfPartition = 30
    /// Hours since 1970 are whole: rows lie in one of Parquet's folders.
    private static let begin = 1_764_370_800.0

    static let plainSchema = """
        {"type":"record","name":"Row","fields":[{"name":"private_efdStamp","type":"double"},\
        {"name":"p","type":"long"},{"name":"n","type":"long"}]}
        """
    static let widerSchema = """
        {"type":"record","name":"Row","fields":[{"name":"private_efdStamp","type":"double"},\
        {"name":"p","type":"long"},{"name":"n","type":"long"},{"name":"more","type":"string","default":""}]}
        """

    /// Kafka's timestamp of a record in milliseconds, no two the same in a topic.
    static func timestamp(_ partition: Int, _ offset: Int) -> Int64 {
        Int64(begin * 1000) + Int64(partition * 1000 + offset)
    }

    static func row(_ partition: Int, _ offset: Int, schema: Int32 = plain) throws -> TestRecord {
        let stamp = AvroValue.double(begin + Double(partition * 1000 + offset) / 1000)
        var fields = [stamp, AvroValue.long(Int64(partition)), .long(Int64(offset))]
        if schema == wider { fields.append(.string("more")) }
        let encoder = AvroEncoder(try AvroSchema.parse(schema == wider ? widerSchema : plainSchema))
        let value = ConfluentFrame.header(schemaID: schema) + (try encoder.encode(.record(fields)))
        return TestRecord(value: value, fate: .stored)
    }

    /// Good records; those from `turn` on have the wider schema.
    static func good(partitions: Int, rows: Int = rowsOfPartition, turn: Int = .max) throws -> [[TestRecord]] {
        try (0..<partitions).map { partition in
            try (0..<rows).map { try row(partition, $0, schema: $0 < turn ? plain : wider) }
        }
    }

    /// One partition with records that cannot be decoded, one without.
    static func undecodable() throws -> [[TestRecord]] {
        func whole(_ offset: Int) throws -> [UInt8] { try row(0, offset).value ?? [] }
        let malformed = TestRecord.Fate.undecodable("sink.recordMalformed")
        let faulty: [(Int) throws -> TestRecord] = [
            { _ in TestRecord(value: Array("no magic byte".utf8), fate: malformed) },
            { _ in TestRecord(value: [], fate: malformed) },
            { _ in TestRecord(value: nil, fate: .undecodable("sink.valueMissing")) },
            { TestRecord(value: Array(try whole($0).dropLast()), fate: malformed) },
            { TestRecord(value: try whole($0) + [0], fate: malformed) },
            {
                let body = try whole($0).dropFirst(5)
                return TestRecord(
                    value: ConfluentFrame.header(schemaID: never) + body, fate: .undecodable("sink.schemaUnknown"))
            },
        ]
        let mixed = try (0..<faulty.count * 3).map { offset in
            offset % 3 == 1 ? try faulty[offset / 3](offset) : try row(0, offset)
        }
        return [mixed, try (0..<10).map { try row(1, $0) }]
    }

    /// One partition whose second half has a schema that the registry does not know yet, one without.
    static func unknownSchema() throws -> [[TestRecord]] {
        [
            try (0..<20).map { try row(0, $0, schema: $0 < 10 ? plain : unknown) },
            try (0..<20).map { try row(1, $0) },
        ]
    }

    /// Rows of which the sink rejects every fourth.
    static func rejected(_ kind: RejectedRow, schema: Int32) throws -> [[TestRecord]] {
        let encoder = AvroEncoder(try AvroSchema.parse(kind.schema))
        return [
            try (0..<20).map { offset in
                let isBad = offset % 4 == 2
                let body = try encoder.encode(isBad ? kind.rejected : kind.stored(0, Int64(offset)))
                return TestRecord(
                    value: ConfluentFrame.header(schemaID: schema) + body, fate: isBad ? .rejected : .stored)
            }
        ]
    }
}
