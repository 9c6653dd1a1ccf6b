/// Writes values in Avro's binary encoding.
public struct AvroEncoder: Sendable {
    public let schema: AvroSchema

    public init(_ schema: AvroSchema) { self.schema = schema }

    /// The value's bytes. A value for a union without `.union` goes to the first branch that accepts its type; an `int`
    /// is accepted as a `long`, and the reverse if it is in range.
    public func encode(_ value: AvroValue) throws(AvroMismatch) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(value, to: &bytes)
        return bytes
    }

    /// Appends the value's bytes. On a mismatch `bytes` is unchanged.
    public func append(_ value: AvroValue, to bytes: inout [UInt8]) throws(AvroMismatch) {
        let start = bytes.count
        do throws(AvroMismatch) {
            try write(value, schema.type, 0, &bytes)
        } catch {
            bytes.removeSubrange(start...)
            throw error
        }
    }

    private func write(_ value: AvroValue, _ type: AvroType, _ depth: Int, _ bytes: inout [UInt8]) throws(AvroMismatch)
    {
        guard depth < AvroSchema.depthLimit else {
            throw AvroMismatch(.tooDeep, expected: "nested no deeper than \(AvroSchema.depthLimit)", found: "deeper")
        }
        switch (type, value) {
        case (.primitive(let primitive, _), _): try write(value, primitive, &bytes)
        case (.enumeration(let enumeration), .enumeration(let symbol)):
            guard let index = enumeration.symbols.firstIndex(of: symbol) else {
                throw AvroMismatch(.symbol, expected: "a symbol of \(enumeration.fullName)", found: symbol)
            }
            AvroBytes.append(Int64(index), to: &bytes)
        case (.fixed(let fixed), .fixed(let raw)):
            guard raw.count == fixed.size else {
                throw AvroMismatch(.size, expected: "\(fixed.size) bytes", found: "\(raw.count) bytes")
            }
            bytes += raw
        case (.array(let items), .array(let values)):
            if !values.isEmpty { AvroBytes.append(Int64(values.count), to: &bytes) }
            for (index, item) in values.enumerated() { try write(item, items, depth + 1, &bytes, at: "[\(index)]") }
            bytes.append(0)
        case (.map(let values), .map(let entries)):
            if !entries.isEmpty { AvroBytes.append(Int64(entries.count), to: &bytes) }
            for entry in entries {
                AvroBytes.append(sized: entry.key.utf8, to: &bytes)
                try write(entry.value, values, depth + 1, &bytes, at: "[\(entry.key)]")
            }
            bytes.append(0)
        case (.record(let record), .record(let values)):
            guard values.count == record.fields.count else {
                throw AvroMismatch(
                    .fields, expected: "\(record.fullName) of \(record.fields.count) fields", found: value.word)
            }
            for (field, value) in zip(record.fields, values) {
                try write(value, field.type, depth + 1, &bytes, at: field.name)
            }
        case (.union(let branches), _): try write(value, branches, depth, &bytes)
        case (.reference(let name), _):
            guard let definition = schema.definition(name) else {
                throw AvroMismatch(.type, expected: name, found: value.word)
            }
            try write(value, definition, depth, &bytes)
        default: throw AvroMismatch(.type, expected: type.word, found: value.word)
        }
    }

    private func write(
        _ value: AvroValue, _ type: AvroType, _ depth: Int, _ bytes: inout [UInt8], at step: @autoclosure () -> String
    ) throws(AvroMismatch) {
        do throws(AvroMismatch) { try write(value, type, depth, &bytes) } catch { throw error.within(step()) }
    }

    private func write(_ value: AvroValue, _ branches: [AvroType], _ depth: Int, _ bytes: inout [UInt8])
        throws(AvroMismatch)
    {
        let (index, inner): (Int?, AvroValue) =
            if case .union(let index, let inner) = value { (index, inner) } else {
                (branches.firstIndex { schema.resolved($0).takes(value) }, value)
            }
        guard let index, branches.indices.contains(index) else {
            throw AvroMismatch(
                .branch, expected: "one of \(branches.map(\.word).joined(separator: ", "))", found: value.word)
        }
        AvroBytes.append(Int64(index), to: &bytes)
        try write(inner, branches[index], depth + 1, &bytes)
    }

    private func write(_ value: AvroValue, _ primitive: AvroType.Primitive, _ bytes: inout [UInt8]) throws(AvroMismatch)
    {
        switch (primitive, value) {
        case (.null, .null): break
        case (.boolean, .boolean(let value)): bytes.append(value ? 1 : 0)
        case (.int, .int(let value)), (.long, .int(let value)): AvroBytes.append(Int64(value), to: &bytes)
        case (.long, .long(let value)): AvroBytes.append(value, to: &bytes)
        case (.int, .long(let value)):
            guard Int32(exactly: value) != nil else {
                throw AvroMismatch(.range, expected: "a number of 32 bits", found: String(value))
            }
            AvroBytes.append(value, to: &bytes)
        case (.float, .float(let value)): withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
        case (.double, .double(let value)): withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
        case (.bytes, .bytes(let raw)): AvroBytes.append(sized: raw, to: &bytes)
        case (.string, .string(let text)): AvroBytes.append(sized: text.utf8, to: &bytes)
        default: throw AvroMismatch(.type, expected: primitive.rawValue, found: value.word)
        }
    }
}

extension AvroType {
    /// Whether a value is of this type, without checking its content.
    fileprivate func takes(_ value: AvroValue) -> Bool {
        switch (self, value) {
        case (.primitive(.null, _), .null), (.primitive(.boolean, _), .boolean), (.primitive(.int, _), .int),
            (.primitive(.long, _), .long),
            (.primitive(.long, _), .int), (.primitive(.float, _), .float), (.primitive(.double, _), .double),
            (.primitive(.bytes, _), .bytes),
            (.primitive(.string, _), .string), (.array, .array), (.map, .map):
            true
        case (.primitive(.int, _), .long(let value)): Int32(exactly: value) != nil
        case (.enumeration(let enumeration), .enumeration(let symbol)): enumeration.symbols.contains(symbol)
        case (.fixed(let fixed), .fixed(let raw)): fixed.size == raw.count
        case (.record(let record), .record(let values)): record.fields.count == values.count
        default: false
        }
    }
}

/// Parts of Avro's binary encoding.
enum AvroBytes {
    /// A zigzag number.
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    static func append(sized raw: some Collection<UInt8>, to bytes: inout [UInt8]) {
        append(Int64(raw.count), to: &bytes)
        bytes.append(contentsOf: raw)
    }
}
