import EFDCore

/// A writer schema compiled for decoding into columns: a flat list of steps, compiled once, run for every record.
public struct AvroPlan: Sendable {
    public let schema: AvroSchema
    public let columns: [Column]
    let code: PlanCode

    /// Maximum number of columns: nested fields double with every level that refers to a type twice.
    public static let columnLimit = 200_000

    /// Compiles a schema whose top-level type is a record.
    ///
    /// - Throws: `avro.recordExpected` for other schemas, `avro.tooManyColumns`.
    public init(_ schema: AvroSchema) throws(EFDError) {
        guard let record = schema.record else {
            throw EFDError(
                .avroRecordExpected,
                "a topic's schema must be a record to have columns; this one is \(schema.type.word)",
                remedy: "Exclude the topic, or register a record.", recovery: .reject)
        }
        var compiler = PlanCompiler(schema: schema)
        try compiler.compile(record, prefix: "")
        self.schema = schema
        columns = compiler.columns
        code = PlanCode(schema, compiler.steps, enumerations: compiler.enumerations, types: compiler.types)
    }
}
