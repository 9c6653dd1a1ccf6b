import EFDCore

/// A writer schema compiled for decoding into columns: a flat list of steps, made once, run for every record.
public struct AvroPlan: Sendable {
    public let schema: AvroSchema
    public let columns: [Column]
    let steps: [PlanStep]
    /// What steps refer to by index: symbols of enums, types that become JSON text or are skipped.
    let symbols: [[[UInt8]]]
    let types: [AvroType]

    /// Compiles a schema whose top is a record.
    ///
    /// - Throws: `avro.recordExpected` for other schemas.
    public init(_ schema: AvroSchema) throws(EFDError) {
        guard let record = schema.record else {
            throw EFDError(
                "avro.recordExpected", "a topic's schema must be a record to become columns; this one is \(schema.type.word)",
                remedy: "Exclude the topic, or register a record.", recovery: .reject)
        }
        var compiler = PlanCompiler()
        compiler.compile(record, prefix: "")
        self.schema = schema
        columns = compiler.columns
        steps = compiler.steps
        symbols = compiler.symbols
        types = compiler.types
    }
}

/// One step of a plan: what to read, and the column that takes it.
struct PlanStep: Sendable {
    enum Operation: UInt8, Sendable {
        case boolean, int, long, float, double, string, bytes
        /// `argument` bytes.
        case fixed
        /// Of the symbols at `argument`.
        case enumeration
        /// `item` tells of what.
        case list
        /// The value's JSON text, of the type at `argument`.
        case json
        /// Nothing is kept, of the type at `argument`.
        case skip
    }

    var operation: Operation
    /// Of a list: what it holds.
    var item: Operation = .skip
    /// Index of null in the union around the value; -1: no union.
    var nullIndex: Int8 = -1
    /// The same for a list's items.
    var itemNullIndex: Int8 = -1
    var column: Int32 = -1
    var argument: Int32 = 0
    /// The fewest bytes of a list's item.
    var itemMinimum: Int32 = 0
}
