import EFDCore

/// Maps a record to columns. Nested records are flattened; a type without a column kind becomes JSON text.
struct PlanCompiler {
    let schema: AvroSchema
    private(set) var columns: [Column] = []
    private(set) var steps: [PlanStep] = []
    private(set) var enumerations: [[String]] = []
    private(set) var types: [AvroType] = []

    init(schema: AvroSchema) { self.schema = schema }

    /// The column kind of a scalar.
    private struct Scalar {
        var operation: PlanStep.Operation
        var item: Column.Item
        var argument: Int32 = 0
        var logical: String?
    }

    mutating func compile(_ record: AvroRecord, prefix: String) throws(EFDError) {
        for field in record.fields { try compile(field, prefix + field.name) }
    }

    private mutating func compile(_ field: AvroField, _ name: String) throws(EFDError) {
        if case .record(let inner) = field.type { return try compile(inner, prefix: name + ".") }
        if field.type.isNull { return }  // has no bytes and no values
        guard columns.count < AvroPlan.columnLimit else {
            let message = "the record \(schema.type.word) has more than \(AvroPlan.columnLimit) columns"
            throw EFDError(
                .avroTooManyColumns, message, remedy: "Exclude the topic, or split the record.", recovery: .reject)
        }
        let (type, nullIndex) = field.type.nullable ?? (field.type, -1)
        if let scalar = scalar(type) {
            add(field, name, kind: scalar.item.kind, nullable: nullIndex >= 0, logical: scalar.logical)
            steps.append(
                PlanStep(
                    operation: scalar.operation, nullIndex: Int8(nullIndex), column: lastColumn,
                    argument: scalar.argument))
        } else if case .array(let items) = type, let scalar = scalar(items.nullable?.type ?? items) {
            let itemNullIndex = items.nullable?.nullIndex ?? -1
            add(
                field, name, kind: .list(scalar.item), nullable: nullIndex >= 0, nullableItems: itemNullIndex >= 0,
                logical: scalar.logical)
            steps.append(
                PlanStep(
                    operation: .list, item: scalar.operation, nullIndex: Int8(nullIndex),
                    itemNullIndex: Int8(itemNullIndex), column: lastColumn,
                    argument: scalar.argument, itemMinimum: Int32(items.minimumBytes)))
        } else {
            let hasNull = if case .union(let branches) = type { branches.contains(where: \.isNull) } else { false }
            add(field, name, kind: .string, nullable: nullIndex >= 0 || hasNull, json: true)
            steps.append(
                PlanStep(
                    operation: hasNull ? .jsonOfUnion : .json, nullIndex: Int8(nullIndex), column: lastColumn,
                    argument: Int32(types.count)))
            types.append(type)
        }
    }

    private var lastColumn: Int32 { Int32(columns.count - 1) }

    private mutating func add(
        _ field: AvroField, _ name: String, kind: Column.Kind, nullable: Bool, nullableItems: Bool = false,
        logical: String? = nil, json: Bool = false
    ) {
        columns.append(
            Column(
                name: name, kind: kind, isNullable: nullable, hasNullableItems: nullableItems, logical: logical,
                isJSONText: json, attributes: field.attributes)
        )
    }

    private mutating func scalar(_ type: AvroType) -> Scalar? {
        switch type {
        case .primitive(let primitive, let logical):
            switch primitive {
            case .null: return nil
            case .boolean: return Scalar(operation: .boolean, item: .boolean)
            case .int: return Scalar(operation: .int, item: .int32, logical: logical)
            case .long: return Scalar(operation: .long, item: .int64, logical: logical)
            case .float: return Scalar(operation: .float, item: .float32)
            case .double: return Scalar(operation: .double, item: .float64)
            case .string: return Scalar(operation: .string, item: .string, logical: logical)
            case .bytes: return Scalar(operation: .bytes, item: .binary, logical: logical)
            }
        case .fixed(let fixed):
            return Scalar(operation: .fixed, item: .binary, argument: Int32(fixed.size), logical: fixed.logical)
        case .enumeration(let enumeration):
            enumerations.append(enumeration.symbols)
            return Scalar(operation: .enumeration, item: .string, argument: Int32(enumerations.count - 1))
        default: return nil
        }
    }
}
