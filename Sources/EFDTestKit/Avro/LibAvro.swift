import CAvro
import CAvroShim
import EFDAvro
import EFDCore
import Glibc

/// Apache's C library for Avro: the second opinion on what a value's bytes are.
public final class LibAvro {
    private let schema: avro_schema_t
    private let interface: UnsafeMutablePointer<avro_value_iface_t>

    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
        init(_ attempt: String) {
            description = "\(attempt): \(avro_strerror().map { String(cString: $0) } ?? "no reason given")"
        }
    }

    public init(_ text: String) throws {
        var made: avro_schema_t?
        guard avro_schema_from_json_length(text, text.utf8.count, &made) == 0, let made else {
            throw Refusal("parsing \(text.prefix(200))")
        }
        schema = made
        guard let interface = avro_generic_class_from_schema(made) else {
            avroshim_release_schema(made)
            throw Refusal("making a class of \(text.prefix(200))")
        }
        self.interface = interface
    }

    deinit {
        avroshim_release_interface(interface)
        avroshim_release_schema(schema)
    }

    private func withValue<Result>(_ body: (inout avro_value_t) throws -> Result) throws -> Result {
        var value = avro_value_t()
        guard avro_generic_value_new(interface, &value) == 0 else { throw Refusal("making a value") }
        defer { avro_value_decref(&value) }
        return try body(&value)
    }

    // MARK: Decoding

    /// The value that the bytes begin with, and how many bytes it took.
    public func decode(_ bytes: [UInt8]) throws -> (value: AvroValue, count: Int) {
        try withValue { value in
            try bytes.withUnsafeBytes { raw in
                let reader = avro_reader_memory(raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int64(raw.count))
                defer { avro_reader_free(reader) }
                guard avro_value_read(reader, &value) == 0 else { throw Refusal("reading \(bytes.count) bytes") }
                let made = try Self.tree(value)
                var size = 0
                avro_value_sizeof(&value, &size)
                return (made, size)
            }
        }
    }

    private static func tree(_ source: avro_value_t) throws -> AvroValue {
        var value = source
        var size = 0
        var bytes: UnsafeRawPointer?
        switch avroshim_type(&value) {
        case AVRO_NULL: return .null
        case AVRO_BOOLEAN: return .boolean(try read(&value, CInt(0), avroshim_get_boolean) != 0)
        case AVRO_INT32: return .int(try read(&value, Int32(0), avroshim_get_int))
        case AVRO_INT64: return .long(try read(&value, Int64(0), avroshim_get_long))
        case AVRO_FLOAT: return .float(try read(&value, Float(0), avroshim_get_float))
        case AVRO_DOUBLE: return .double(try read(&value, Double(0), avroshim_get_double))
        case AVRO_BYTES:
            try check(avroshim_get_bytes(&value, &bytes, &size))
            return .bytes(Array(UnsafeRawBufferPointer(start: bytes, count: size)))
        case AVRO_FIXED:
            try check(avroshim_get_fixed(&value, &bytes, &size))
            return .fixed(Array(UnsafeRawBufferPointer(start: bytes, count: size)))
        case AVRO_STRING:
            var text: UnsafePointer<CChar>?
            try check(avroshim_get_string(&value, &text, &size))
            return .string(
                String(decoding: UnsafeRawBufferPointer(start: text, count: max(0, size - 1)), as: UTF8.self))
        case AVRO_ENUM:
            let index = try read(&value, CInt(0), avroshim_get_enum)
            return .enumeration(String(cString: avro_schema_enum_get(avroshim_schema(&value), index)))
        case AVRO_ARRAY: return .array(try children(&value).map(\.value))
        case AVRO_MAP: return .map(try children(&value))
        case AVRO_RECORD: return .record(try children(&value).map(\.value))
        case AVRO_UNION:
            var branch = avro_value_t()
            try check(avroshim_get_current_branch(&value, &branch))
            return .union(Int(try read(&value, CInt(0), avroshim_get_discriminant)), try tree(branch))
        default: throw Refusal("reading a value of an unknown type")
        }
    }

    private static func children(_ value: inout avro_value_t) throws -> [AvroValue.Entry] {
        try (0..<(try read(&value, 0, avroshim_get_size))).map { index in
            var child = avro_value_t()
            var name: UnsafePointer<CChar>?
            try check(avroshim_get_by_index(&value, index, &child, &name))
            return AvroValue.Entry(name.map { String(cString: $0) } ?? "", try tree(child))
        }
    }

    private static func read<Value>(
        _ value: inout avro_value_t, _ initial: Value,
        _ get: (UnsafePointer<avro_value_t>, UnsafeMutablePointer<Value>) -> CInt
    ) throws -> Value {
        var result = initial
        try check(get(&value, &result))
        return result
    }

    private static func check(_ code: CInt) throws { if code != 0 { throw Refusal("using a value") } }

    // MARK: Encoding

    /// The value's bytes as libavro writes them.
    public func encode(_ tree: AvroValue) throws -> [UInt8] {
        try withValue { value in
            try Self.fill(&value, tree)
            var size = 0
            try Self.check(avro_value_sizeof(&value, &size))
            var bytes = [UInt8](repeating: 0, count: max(1, size))
            try bytes.withUnsafeMutableBytes { raw in
                let writer = avro_writer_memory(raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int64(size))
                defer { avro_writer_free(writer) }
                try Self.check(avro_value_write(writer, &value))
            }
            return Array(bytes.prefix(size))
        }
    }

    private static func fill(_ value: inout avro_value_t, _ tree: AvroValue) throws {
        var child = avro_value_t()
        switch tree {
        case .null: try check(avroshim_set_null(&value))
        case .boolean(let set): try check(avroshim_set_boolean(&value, set ? 1 : 0))
        case .int(let set): try check(avroshim_set_int(&value, set))
        case .long(let set): try check(avroshim_set_long(&value, set))
        case .float(let set): try check(avroshim_set_float(&value, set))
        case .double(let set): try check(avroshim_set_double(&value, set))
        case .bytes(let bytes):
            try check((bytes + [0]).withUnsafeBytes { avroshim_set_bytes(&value, $0.baseAddress, bytes.count) })
        case .fixed(let bytes):
            try check((bytes + [0]).withUnsafeBytes { avroshim_set_fixed(&value, $0.baseAddress, bytes.count) })
        case .string(let text): try check(avroshim_set_string(&value, text, text.utf8.count + 1))
        case .enumeration(let symbol):
            try check(avroshim_set_enum(&value, avro_schema_enum_get_by_name(avroshim_schema(&value), symbol)))
        case .array(let items):
            for item in items {
                try check(avroshim_append(&value, &child))
                try fill(&child, item)
            }
        case .map(let entries):
            for entry in entries {
                try check(avroshim_add(&value, entry.key, &child))
                try fill(&child, entry.value)
            }
        case .union(let index, let inner):
            try check(avroshim_set_branch(&value, CInt(index), &child))
            try fill(&child, inner)
        case .record(let fields):
            for (index, field) in fields.enumerated() {
                try check(avroshim_get_by_index(&value, index, &child, nil))
                try fill(&child, field)
            }
        }
    }
}
