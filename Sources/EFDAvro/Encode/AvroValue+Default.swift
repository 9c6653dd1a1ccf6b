import EFDCore

extension AvroValue {
    /// The value of a field's default (Avro 1.11, "Complex Types: Records"): bytes and fixed as text with one byte per
    /// character, a union's as a value of its first branch.
    public init(default json: JSON, _ type: AvroType, _ schema: AvroSchema) throws(AvroMismatch) {
        var reader = DefaultReader(schema: schema)
        self = try reader.value(json, type)
    }

    /// A record by its fields' names; absent fields get their defaults.
    public static func record(_ record: AvroRecord, _ values: [String: AvroValue], _ schema: AvroSchema)
        throws(AvroMismatch) -> AvroValue
    {
        var rest = values
        var fields: [AvroValue] = []
        for field in record.fields {
            if let value = rest.removeValue(forKey: field.name) {
                fields.append(value)
            } else if let json = field.defaultValue {
                do throws(AvroMismatch) { fields.append(try AvroValue(default: json, field.type, schema)) } catch {
                    throw error.within(field.name)
                }
            } else {
                throw AvroMismatch(.fields, expected: "given, since it has no default", found: "absent").within(
                    field.name)
            }
        }
        if let unknown = rest.keys.min() {
            throw AvroMismatch(.fields, expected: "a field of \(record.fullName)", found: "none").within(unknown)
        }
        return .record(fields)
    }
}

private struct DefaultReader {
    let schema: AvroSchema
    private var depth = 0

    init(schema: AvroSchema) { self.schema = schema }

    mutating func value(_ json: JSON, _ type: AvroType) throws(AvroMismatch) -> AvroValue {
        guard depth < AvroSchema.depthLimit else {
            throw AvroMismatch(.tooDeep, expected: "nested no deeper than \(AvroSchema.depthLimit)", found: "deeper")
        }
        depth += 1
        defer { depth -= 1 }
        let type = schema.resolved(type)
        switch (type, json) {
        case (.primitive(let primitive, _), _): return try value(json, primitive)
        case (.enumeration(let enumeration), .string(let symbol)):
            guard enumeration.symbols.contains(symbol) else {
                throw AvroMismatch(.symbol, expected: "a symbol of \(enumeration.fullName)", found: symbol)
            }
            return .enumeration(symbol)
        case (.fixed(let fixed), .string(let text)):
            guard let bytes = Self.bytes(text), bytes.count == fixed.size else {
                throw AvroMismatch(.size, expected: "text of \(fixed.size) characters below U+0100", found: json.text)
            }
            return .fixed(bytes)
        case (.array(let items), .array(let elements)):
            var values: [AvroValue] = []
            for element in elements { values.append(try value(element, items)) }
            return .array(values)
        case (.map(let values), .object(let members)):
            var entries: [AvroValue.Entry] = []
            for entry in members.entries { entries.append(.init(entry.key, try value(entry.value, values))) }
            return .map(entries)
        case (.union(let branches), _): return .union(0, try value(json, branches[0]))
        case (.record(let record), .object(let members)):
            var fields: [AvroValue] = []
            for field in record.fields {
                guard let json = members[field.name] ?? field.defaultValue else {
                    throw AvroMismatch(.fields, expected: "given, since it has no default", found: "absent").within(
                        field.name)
                }
                do throws(AvroMismatch) { fields.append(try value(json, field.type)) } catch {
                    throw error.within(field.name)
                }
            }
            return .record(fields)
        default: throw AvroMismatch(.type, expected: type.word, found: String(json.text.prefix(80)))
        }
    }

    private func value(_ json: JSON, _ primitive: AvroType.Primitive) throws(AvroMismatch) -> AvroValue {
        switch (primitive, json) {
        case (.null, .null): return .null
        case (.boolean, .bool(let value)): return .boolean(value)
        case (.long, .integer(let value)): return .long(value)
        case (.int, .integer(let value)):
            guard let int = Int32(exactly: value) else {
                throw AvroMismatch(.range, expected: "a number of 32 bits", found: String(value))
            }
            return .int(int)
        case (.string, .string(let text)): return .string(text)
        case (.bytes, .string(let text)):
            guard let bytes = Self.bytes(text) else {
                throw AvroMismatch(.type, expected: "text of characters below U+0100", found: json.text)
            }
            return .bytes(bytes)
        case (.float, _): if let number = json.number { return .float(Float(number)) }
        case (.double, _): if let number = json.number { return .double(number) }
        default: break
        }
        throw AvroMismatch(.type, expected: primitive.rawValue, found: String(json.text.prefix(80)))
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? bytes : nil
    }
}

extension AvroSchema {
    /// Validates that every default is a value of its field's type, and every enum's one of its symbols. Reading data
    /// does not need valid defaults, so the parser skips this check; a registry runs it for new schemas.
    public func checkDefaults() throws(EFDError) {
        var seen: Set<String> = []
        try checkDefaults(type, &seen)
    }

    private func checkDefaults(_ type: AvroType, _ seen: inout Set<String>) throws(EFDError) {
        switch type {
        case .array(let inner), .map(let inner): try checkDefaults(inner, &seen)
        case .union(let branches): for branch in branches { try checkDefaults(branch, &seen) }
        case .enumeration(let enumeration):
            guard let symbol = enumeration.defaultSymbol, !enumeration.symbols.contains(symbol) else { return }
            throw EFDError(
                .avroDefaultInvalid,
                "the default \(symbol) of the enum \(enumeration.fullName) is not a symbol of it", recovery: .reject)
        case .record(let record):
            guard seen.insert(record.fullName).inserted else { return }
            for field in record.fields {
                try checkDefaults(field.type, &seen)
                guard let json = field.defaultValue else { continue }
                do throws(AvroMismatch) {
                    _ = try AvroValue(default: json, field.type, self)
                } catch {
                    let message =
                        "the default of the field \(field.name) of \(record.fullName) does not fit its type: \(error)"
                    throw EFDError(.avroDefaultInvalid, message, recovery: .reject)
                }
            }
        case .primitive, .fixed, .reference: break
        }
    }
}
