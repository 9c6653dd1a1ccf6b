import EFDAvro
import EFDCore
import EFDTestKit

/// The rules of columns, implemented a second time over trees: the expected row of a record.
enum ExpectedRow {
    static func cells(_ value: AvroValue, _ type: AvroType, _ schema: AvroSchema) -> [Cell] {
        guard case .record(let record) = type, case .record(let fields) = value else { return [] }
        return zip(record.fields, fields).flatMap { field, value in cells(field: value, field.type, schema) }
    }

    private static func cells(field value: AvroValue, _ type: AvroType, _ schema: AvroSchema) -> [Cell] {
        if case .record = type { return cells(value, type, schema) }
        if type.isNull { return [] }
        if case .union(_, .null) = value { return [.null] }
        let (inner, tree) = type.nullable.map { nullable in (nullable.type, branch(value)) } ?? (type, value)
        if let scalar = scalar(tree, inner) { return [scalar] }
        if case .array(let items) = inner, isScalar(items.nullable?.type ?? items), case .array(let values) = tree {
            return [
                .list(
                    values.map {
                        if case .union(_, .null) = $0 {
                            .null
                        } else {
                            scalar(branch($0), items.nullable?.type ?? items)!
                        }
                    })
            ]
        }
        return [.bytes(Array(ExpectedText.json(tree, inner, schema).utf8))]
    }

    private static func branch(_ value: AvroValue) -> AvroValue {
        if case .union(_, let inner) = value { inner } else { value }
    }

    private static func isScalar(_ type: AvroType) -> Bool {
        switch type {
        case .primitive(.null, _), .array, .map, .record, .union, .reference: false
        default: true
        }
    }

    private static func scalar(_ value: AvroValue, _ type: AvroType) -> Cell? {
        guard isScalar(type) else { return nil }
        return switch value {
        case .boolean(let value): .bits(value ? 1 : 0)
        case .int(let value): .bits(UInt64(bitPattern: Int64(value)))
        case .long(let value): .bits(UInt64(bitPattern: value))
        case .float(let value): .bits(UInt64(value.bitPattern))
        case .double(let value): .bits(value.bitPattern)
        case .bytes(let bytes), .fixed(let bytes): .bytes(bytes)
        case .string(let text), .enumeration(let text): .bytes(Array(text.utf8))
        default: nil
        }
    }
}

/// JSON for people, from trees.
enum ExpectedText {
    static func json(_ value: AvroValue, _ type: AvroType, _ schema: AvroSchema) -> String {
        switch (value, type) {
        case (_, .reference(let name)): return json(value, schema.definition(name)!, schema)
        case (.union(let index, let inner), .union(let branches)): return json(inner, branches[index], schema)
        case (.array(let items), .array(let type)):
            return "[\(items.map { json($0, type, schema) }.joined(separator: ","))]"
        case (.map(let entries), .map(let type)):
            return
                "{\(entries.map { "\(JSON.string($0.key).text):\(json($0.value, type, schema))" }.joined(separator: ","))}"
        case (.record(let values), .record(let record)):
            return
                "{\(zip(record.fields, values).map { "\"\($0.name)\":\(json($1, $0.type, schema))" }.joined(separator: ","))}"
        case (.float(let value), _):
            return value.isFinite ? "\(value)" : value.isNaN ? #""NaN""# : value > 0 ? #""Infinity""# : #""-Infinity""#
        case (.double(let value), _):
            return value.isFinite ? "\(value)" : value.isNaN ? #""NaN""# : value > 0 ? #""Infinity""# : #""-Infinity""#
        case (.boolean(let value), _): return "\(value)"
        case (.int(let value), _): return "\(value)"
        case (.long(let value), _): return "\(value)"
        case (.bytes(let bytes), _), (.fixed(let bytes), _):
            return "\"\(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\""
        case (.string(let text), _), (.enumeration(let text), _): return JSON.string(text).text
        default: return "null"
        }
    }
}
