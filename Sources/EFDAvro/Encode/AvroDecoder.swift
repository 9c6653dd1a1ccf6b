/// Reads values of any schema into trees: for tools and tests.
public struct AvroDecoder: Sendable {
    public let schema: AvroSchema

    /// Maximum number of values in one tree: types without bytes could claim any number.
    public static let valueLimit = 1 << 24

    public init(_ schema: AvroSchema) { self.schema = schema }

    public func decode(_ bytes: [UInt8]) throws(AvroFault) -> AvroValue {
        // The standard library's closures rethrow untyped errors.
        let result = bytes.withUnsafeBytes { raw in Result { () throws(AvroFault) in try decode(raw) } }
        return try result.get()
    }

    /// The value of all the bytes.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(AvroFault) -> AvroValue {
        var cursor = AvroCursor(bytes)
        let value = try decode(&cursor)
        guard cursor.isAtEnd else { throw cursor.fault(.trailingBytes) }
        return value
    }

    /// The next value.
    public func decode(_ cursor: inout AvroCursor) throws(AvroFault) -> AvroValue {
        var left = Self.valueLimit
        return try read(schema.type, 0, &left, &cursor)
    }

    private func read(_ type: AvroType, _ depth: Int, _ left: inout Int, _ cursor: inout AvroCursor) throws(AvroFault)
        -> AvroValue
    {
        guard depth < AvroSchema.depthLimit else { throw cursor.fault(.tooDeep) }
        guard left > 0 else { throw cursor.fault(.tooLarge) }
        left -= 1
        switch type {
        case .primitive(let primitive, _): return try read(primitive, &cursor)
        case .enumeration(let enumeration):
            return .enumeration(enumeration.symbols[try cursor.index(below: enumeration.symbols.count)])
        case .fixed(let fixed): return .fixed(Array(try cursor.raw(fixed.size)))
        case .array(let items):
            var values: [AvroValue] = []
            while case let count = try cursor.blockCount(minimumBytes: schema.minimumBytes(of: items)), count > 0 {
                for _ in 0..<count { values.append(try read(items, depth + 1, &left, &cursor)) }
            }
            return .array(values)
        case .map(let items):
            var entries: [AvroValue.Entry] = []
            while case let count = try cursor.blockCount(minimumBytes: 1 + schema.minimumBytes(of: items)), count > 0 {
                for _ in 0..<count {
                    entries.append(.init(try cursor.string(), try read(items, depth + 1, &left, &cursor)))
                }
            }
            return .map(entries)
        case .union(let branches):
            let index = try cursor.index(below: branches.count)
            return .union(index, try read(branches[index], depth + 1, &left, &cursor))
        case .record(let record):
            var values: [AvroValue] = []
            values.reserveCapacity(record.fields.count)
            for field in record.fields { values.append(try read(field.type, depth + 1, &left, &cursor)) }
            return .record(values)
        case .reference(let name):
            guard let definition = schema.definition(name) else { throw cursor.fault(.indexOutOfRange) }
            return try read(definition, depth, &left, &cursor)
        }
    }

    private func read(_ primitive: AvroType.Primitive, _ cursor: inout AvroCursor) throws(AvroFault) -> AvroValue {
        switch primitive {
        case .null: .null
        case .boolean: .boolean(try cursor.boolean())
        case .int: .int(try cursor.int())
        case .long: .long(try cursor.long())
        case .float: .float(Float(bitPattern: try cursor.fixed32()))
        case .double: .double(Double(bitPattern: try cursor.fixed64()))
        case .bytes: .bytes(Array(try cursor.sized()))
        case .string: .string(try cursor.string())
        }
    }
}
