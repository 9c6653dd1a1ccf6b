/// One reason why a schema cannot read what another wrote.
public struct AvroIncompatibility: Sendable, Equatable, CustomStringConvertible {
    /// With the names of Java's Avro and Confluent's registry.
    public enum Kind: String, Sendable {
        case typeMismatch = "TYPE_MISMATCH"
        case nameMismatch = "NAME_MISMATCH"
        case fixedSizeMismatch = "FIXED_SIZE_MISMATCH"
        case missingEnumSymbols = "MISSING_ENUM_SYMBOLS"
        case readerFieldMissingDefaultValue = "READER_FIELD_MISSING_DEFAULT_VALUE"
        case missingUnionBranch = "MISSING_UNION_BRANCH"
    }

    public let kind: Kind
    /// The position in the reader's schema, as a JSON pointer: `/fields/3/type/items`.
    public let path: String
    public let detail: String

    public var description: String { "\(kind.rawValue) at \(path.isEmpty ? "/" : path): \(detail)" }
}
