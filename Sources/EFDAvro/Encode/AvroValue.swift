import EFDCore

/// A value of any Avro type as a tree. Allocates for every value: for tools and tests; sinks decode into columns.
public indirect enum AvroValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    case bytes([UInt8])
    case string(String)
    /// The symbol.
    case enumeration(String)
    case fixed([UInt8])
    case array([AvroValue])
    case map([Entry])
    /// The branch by its index in the union.
    case union(Int, AvroValue)
    /// The fields' values in the schema's order.
    case record([AvroValue])

    public struct Entry: Sendable, Equatable {
        public let key: String
        public let value: AvroValue
        public init(_ key: String, _ value: AvroValue) { (self.key, self.value) = (key, value) }
    }

    var word: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .int: "int"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .bytes: "bytes"
        case .string: "string"
        case .enumeration(let symbol): "enum symbol \(symbol)"
        case .fixed(let bytes): "fixed of \(bytes.count) bytes"
        case .array: "array"
        case .map: "map"
        case .union(let branch, _): "union branch \(branch)"
        case .record(let values): "record of \(values.count) fields"
        }
    }
}

/// Why a value does not match its schema.
public struct AvroMismatch: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The value is of another type.
        case type
        /// A number is beyond the range of the schema's type.
        case range
        /// The enum has no such symbol.
        case symbol
        /// The union has no such branch, or none that accepts the value.
        case branch
        /// A fixed has another number of bytes.
        case size
        /// A record has another number of fields, or no field of that name, or a field has neither value nor default.
        case fields
        /// Values are nested deeper than `AvroSchema.depthLimit`.
        case tooDeep
    }

    public let reason: Reason
    /// Fields and items along the path to the value, outermost first: `target.position[2]`.
    public private(set) var path: String
    public let expected: String
    public let found: String

    init(_ reason: Reason, expected: String, found: String) {
        (self.reason, path, self.expected, self.found) = (reason, "", expected, found)
    }

    /// The same mismatch, with the enclosing field in its path.
    func within(_ step: String) -> AvroMismatch {
        var outer = self
        outer.path = path.isEmpty || path.hasPrefix("[") ? step + path : "\(step).\(path)"
        return outer
    }

    public var description: String { "\(path.isEmpty ? "the value" : path) must be \(expected), but is \(found)" }
}
