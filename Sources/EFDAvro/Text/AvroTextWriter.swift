import EFDCore

/// Renders Avro bytes as JSON for people: enums by symbol, unions by their value only, bytes as hexadecimal text, NaN
/// and infinities as words.
struct AvroTextWriter {
    let schema: AvroSchema
    private(set) var bytes: [UInt8] = []
    private var depth = 0

    /// Names of fields and symbols can make a text far longer than its bytes.
    private static let byteLimit = 1 << 26

    init(schema: AvroSchema) { self.schema = schema }

    mutating func write(_ type: AvroType, _ cursor: inout AvroCursor) throws(AvroFault) {
        guard depth < AvroSchema.depthLimit else { throw cursor.fault(.tooDeep) }
        guard bytes.count <= Self.byteLimit else { throw cursor.fault(.tooLarge) }
        depth += 1
        defer { depth -= 1 }
        switch type {
        case .primitive(let primitive, _): try write(primitive, &cursor)
        case .enumeration(let enumeration):
            JSON.appendQuoted(enumeration.symbols[try cursor.index(below: enumeration.symbols.count)], to: &bytes)
        case .fixed(let fixed): appendHexadecimal(try cursor.raw(fixed.size))
        case .union(let branches): try write(branches[try cursor.index(below: branches.count)], &cursor)
        case .array(let items):
            try writeBlocks("[", "]", schema.minimumBytes(of: items), &cursor) { (writer, cursor) throws(AvroFault) in
                try writer.write(items, &cursor)
            }
        case .map(let values):
            try writeBlocks("{", "}", 1 + schema.minimumBytes(of: values), &cursor) {
                (writer, cursor) throws(AvroFault) in
                JSON.appendQuoted(try cursor.string(), to: &writer.bytes)
                writer.append(":")
                try writer.write(values, &cursor)
            }
        case .record(let record): try write(record, &cursor)
        case .reference(let name):
            guard let definition = schema.definition(name) else { throw cursor.fault(.indexOutOfRange) }
            try write(definition, &cursor)
        }
    }

    private mutating func write(_ record: AvroRecord, _ cursor: inout AvroCursor) throws(AvroFault) {
        append("{")
        for (index, field) in record.fields.enumerated() {
            if index > 0 { append(",") }
            JSON.appendQuoted(field.name, to: &bytes)
            append(":")
            try write(field.type, &cursor)
        }
        append("}")
    }

    private mutating func write(_ primitive: AvroType.Primitive, _ cursor: inout AvroCursor) throws(AvroFault) {
        switch primitive {
        case .null: append("null")
        case .boolean: append(try cursor.boolean() ? "true" : "false")
        case .int: append(String(try cursor.int()))
        case .long: append(String(try cursor.long()))
        case .float: append(Float(bitPattern: try cursor.fixed32()))
        case .double: append(Double(bitPattern: try cursor.fixed64()))
        case .bytes: appendHexadecimal(try cursor.sized())
        case .string: JSON.appendQuoted(try cursor.string(), to: &bytes)
        }
    }

    private mutating func writeBlocks(
        _ open: String, _ close: String, _ minimum: Int, _ cursor: inout AvroCursor,
        _ item: (inout AvroTextWriter, inout AvroCursor) throws(AvroFault) -> Void
    ) throws(AvroFault) {
        append(open)
        var isFirst = true
        while true {
            let count = try cursor.blockCount(minimumBytes: minimum)
            if count == 0 { break }
            for _ in 0..<count {
                if !isFirst { append(",") }
                isFirst = false
                try item(&self, &cursor)
            }
        }
        append(close)
    }

    /// JSON has no NaN and infinities: they become strings.
    private mutating func append(_ value: some BinaryFloatingPoint) {
        if value.isFinite {
            append("\(value)")
        } else {
            append(value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        }
    }

    private mutating func appendHexadecimal(_ raw: UnsafeRawBufferPointer) {
        let digits = Array("0123456789abcdef".utf8)
        append("\"")
        for byte in raw { bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        append("\"")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

/// Records as JSON for people.
public enum AvroText {
    /// The JSON text of one value in Avro's binary encoding.
    public static func json(_ bytes: UnsafeRawBufferPointer, _ schema: AvroSchema) throws(AvroFault) -> String {
        var cursor = AvroCursor(bytes)
        var writer = AvroTextWriter(schema: schema)
        try writer.write(schema.type, &cursor)
        guard cursor.isAtEnd else { throw cursor.fault(.trailingBytes) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
