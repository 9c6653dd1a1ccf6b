import EFDCore

/// Reads Avro the slow and obvious way, from the schema's JSON: an independent check of the transcoder.
struct PlainAvro {
    enum Value: Equatable {
        case boolean(Bool)
        case integer(Int64)
        case real(UInt64)
        case text(String)
        case list([Value])

        /// All NaNs are one.
        static func real(_ value: Double) -> Value { .real(value.isNaN ? Double.nan.bitPattern : value.bitPattern) }
    }

    private struct Damaged: Error {}
    private var bytes: ArraySlice<UInt8>

    /// The values of a record in the order of its schema. All bytes must be used.
    static func read(_ bytes: ArraySlice<UInt8>, schema: JSON) throws -> [Value] {
        var reader = PlainAvro(bytes: bytes)
        let values = try (schema["fields"]?.elements ?? []).map { try reader.value($0["type"] ?? .null) }
        guard reader.bytes.isEmpty else { throw Damaged() }
        return values
    }

    private mutating func value(_ type: JSON) throws -> Value {
        if type["type"] == "array" {
            var items: [Value] = []
            while true {
                let count = try long()
                if count == 0 { return .list(items) }
                for _ in 0..<count { items.append(try value(type["items"] ?? .null)) }
            }
        }
        switch type.string {
        case "boolean": return .boolean(try take(1)[0] == 1)
        case "int":
            let value = try long()
            guard Int32(exactly: value) != nil else { throw Damaged() }
            return .integer(value)
        case "long": return .integer(try long())
        case "float": return .real(Double(Float(bitPattern: UInt32(try word(4)))))
        case "double": return .real(Double(bitPattern: try word(8)))
        case "string":
            let text = try take(Int(try long()))
            guard let valid = String(validating: text, as: UTF8.self) else { throw Damaged() }
            return .text(valid)
        default: throw Damaged()
        }
    }

    private mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= bytes.count else { throw Damaged() }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    private mutating func word(_ count: Int) throws -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func long() throws -> Int64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try take(1)[0]
            guard shift < 64 else { throw Damaged() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
            shift += 7
        }
    }
}
