import EFDCore

/// The name and type of one column of a batch.
public struct Column: Sendable, Equatable {
    /// Types of Arrow's physical layout.
    public enum Kind: Sendable, Equatable {
        /// One bit per row.
        case boolean
        case int32, int64, float32, float64
        /// 32-bit offsets (one more than rows) into UTF-8 bytes.
        case string
        /// The same into any bytes.
        case binary
        /// 32-bit offsets into the rows of a child column.
        case list(Item)
    }

    /// The item kinds of a list: the scalar kinds.
    public enum Item: Sendable, Equatable {
        case boolean, int32, int64, float32, float64, string, binary

        public var kind: Kind {
            switch self {
            case .boolean: .boolean
            case .int32: .int32
            case .int64: .int64
            case .float32: .float32
            case .float64: .float64
            case .string: .string
            case .binary: .binary
            }
        }
    }

    /// The field's name; of a field within a record: `outer.inner`.
    public let name: String
    public let kind: Kind
    public let isNullable: Bool
    /// Only for lists: whether the items may be null.
    public let hasNullableItems: Bool
    /// Avro's logical type: `timestamp-millis`, `timestamp-micros`, …
    public let logical: String?
    /// True for types without a column kind (maps, unions of several types, lists of lists): the column has their JSON
    /// text.
    public let isJSONText: Bool
    /// The field's attributes beyond Avro's own: `units`, `description`, …
    public let attributes: JSON.Members

    public var units: String? { attributes["units"]?.string }
    public var description: String? { attributes["description"]?.string }
}

/// Avro's words, which the authors of schemas know.
extension Column.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .boolean: "boolean"
        case .int32: "int"
        case .int64: "long"
        case .float32: "float"
        case .float64: "double"
        case .string: "string"
        case .binary: "bytes"
        case .list(let item): "array of \(item.kind)"
        }
    }
}
