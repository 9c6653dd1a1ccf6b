import EFDCore

/// A type of Avro 1.11, with its author's attributes.
public indirect enum AvroType: Sendable, Equatable {
    case primitive(Primitive, logical: String?)
    case record(AvroRecord)
    case enumeration(AvroEnumeration)
    case fixed(AvroFixed)
    case array(AvroType)
    case map(AvroType)
    case union([AvroType])
    /// A recursive record, by its full name: see `AvroSchema.definition`.
    case reference(String)

    public enum Primitive: String, Sendable, CaseIterable {
        case null, boolean, int, long, float, double, bytes, string
    }

    public static let null = AvroType.primitive(.null, logical: nil)

    /// This type in messages: named types by their name.
    public var word: String {
        switch self {
        case .primitive(let primitive, _): primitive.rawValue
        case .record(let record): record.fullName
        case .enumeration(let enumeration): enumeration.fullName
        case .fixed(let fixed): fixed.fullName
        case .array: "array"
        case .map: "map"
        case .union: "union"
        case .reference(let name): name
        }
    }

    public var isNull: Bool { if case .primitive(.null, _) = self { true } else { false } }

    /// The other branch of a union of two with null, and null's index in it.
    public var nullable: (type: AvroType, nullIndex: Int)? {
        guard case .union(let branches) = self, branches.count == 2, let index = branches.firstIndex(where: \.isNull)
        else { return nil }
        return (branches[1 - index], index)
    }

    /// The minimum bytes of a value: bounds the items that a claimed count can really have.
    var minimumBytes: Int {
        switch self {
        case .primitive(.null, _): 0
        case .primitive(.float, _): 4
        case .primitive(.double, _): 8
        case .primitive, .enumeration, .array, .map, .union: 1
        case .fixed(let fixed): fixed.size
        case .record(let record): record.minimumBytes
        case .reference: 0
        }
    }

    /// Nesting depth of values, recursive records counted once.
    var depth: Int {
        switch self {
        case .primitive, .enumeration, .fixed, .reference: 1
        case .array(let inner), .map(let inner): 1 + inner.depth
        case .union(let branches): 1 + (branches.lazy.map(\.depth).max() ?? 0)
        case .record(let record): record.depth
        }
    }
}

public struct AvroRecord: Sendable, Equatable {
    public let fullName: String
    public let aliases: [String]
    public let doc: String?
    public let fields: [AvroField]
    /// Attributes beyond Avro's own: `sal_version`, `description`, …
    public let attributes: JSON.Members
    /// Both are stored, not computed: with types that refer to others twice the computation would double with every
    /// level.
    let minimumBytes: Int
    let depth: Int

    init(fullName: String, aliases: [String], doc: String?, fields: [AvroField], attributes: JSON.Members) {
        self.fullName = fullName
        self.aliases = aliases
        self.doc = doc
        self.fields = fields
        self.attributes = attributes
        minimumBytes = fields.reduce(0) { min($0 + $1.type.minimumBytes, Int(Int32.max)) }
        depth = 1 + (fields.lazy.map(\.type.depth).max() ?? 0)
    }
}

public struct AvroField: Sendable, Equatable {
    public let name: String
    public let type: AvroType
    /// The default as written; nil: the field has none.
    public let defaultValue: JSON?
    public let aliases: [String]
    public let doc: String?
    /// Attributes beyond Avro's own: `units`, `description`, …
    public let attributes: JSON.Members
}

public struct AvroEnumeration: Sendable, Equatable {
    public let fullName: String
    public let aliases: [String]
    public let symbols: [String]
    public let defaultSymbol: String?
}

public struct AvroFixed: Sendable, Equatable {
    public let fullName: String
    public let aliases: [String]
    public let size: Int
    public let logical: String?
}
