import EFDAvro
import EFDCore
import EFDSink

/// Records written out as Avro by the plainest of encoders, and decoded to batches by the real plan.
struct Rows {
    let schema: AvroSchema
    let plan: AvroPlan

    /// Fields as `"name": type`, the type as Avro's JSON.
    init(_ fields: KeyValuePairs<String, JSON>) throws {
        let list = fields.map { JSON.object(["name": .string($0.key), "type": $0.value]) }
        // Names beyond Avro's alphabet must work too: the parser lets them pass or not, the columns do.
        schema = try AvroSchema(.object(["type": "record", "name": "Row", "fields": .array(list)]))
        plan = try AvroPlan(schema)
    }

    /// Each row holds its fields' values in order; a float is a number, NaN and infinities are the texts "nan", "inf",
    /// "-inf".
    func batch(_ rows: [[JSON]], topic: String = "t", schemaID: Int32 = 1, timestamps: [Int64?] = []) throws
        -> TopicBatch
    {
        let batch = TopicBatch(topic: topic, partition: 0, schemaID: schemaID, plan: plan)
        for (index, row) in rows.enumerated() {
            var bytes: [UInt8] = []
            for (field, value) in zip(schema.record?.fields ?? [], row) { Self.append(value, field.type, to: &bytes) }
            let timestamp = index < timestamps.count ? timestamps[index] : nil
            try bytes.withUnsafeBytes { try batch.append($0, offset: Int64(index), timestamp: timestamp) }
        }
        return batch
    }

    private static func append(_ value: JSON, _ type: AvroType, to out: inout [UInt8]) {
        switch type {
        case .primitive(let primitive, _): append(value, primitive, to: &out)
        case .union(let branches):
            let index = branches.firstIndex { ($0 == .null) == value.isNull } ?? 0
            append(integer: Int64(index), to: &out)
            append(value, branches[index], to: &out)
        case .array(let item):
            let elements = value.elements ?? []
            if !elements.isEmpty {
                append(integer: Int64(elements.count), to: &out)
                for element in elements { append(element, item, to: &out) }
            }
            append(integer: 0, to: &out)
        case .record(let record):
            for (field, value) in zip(record.fields, value.elements ?? []) { append(value, field.type, to: &out) }
        case .enumeration: append(integer: value.integer ?? 0, to: &out)
        case .fixed: out += Array((value.string ?? "").utf8)
        case .map, .reference: preconditionFailure("not written here")
        }
    }

    private static func append(_ value: JSON, _ primitive: AvroType.Primitive, to out: inout [UInt8]) {
        switch primitive {
        case .null: break
        case .boolean: out.append(value.bool == true ? 1 : 0)
        case .int, .long: append(integer: value.integer ?? 0, to: &out)
        case .float: withUnsafeBytes(of: Float(real(value)).bitPattern.littleEndian) { out += $0 }
        case .double: withUnsafeBytes(of: real(value).bitPattern.littleEndian) { out += $0 }
        case .bytes, .string:
            let text = Array((value.string ?? "").utf8)
            append(integer: Int64(text.count), to: &out)
            out += text
        }
    }

    private static func real(_ value: JSON) -> Double { value.number ?? value.string.flatMap { Double($0) } ?? 0 }

    private static func append(integer value: Int64, to out: inout [UInt8]) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }
}
