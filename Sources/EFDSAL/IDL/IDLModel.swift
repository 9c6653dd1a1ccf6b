/// The subset of OMG IDL that SAL writes: one module of flat structs, with the constants that encode enumerations.
public struct IDLModule: Sendable, Equatable {
    public var name: String
    /// From the first line's comment, SAL 4.2 and later.
    public var salVersion: String?
    public var xmlVersion: String?
    public var structs: [IDLStruct]
    public var constants: [IDLConstant]

    public init(
        name: String, salVersion: String? = nil, xmlVersion: String? = nil, structs: [IDLStruct],
        constants: [IDLConstant] = []
    ) {
        self.name = name
        self.salVersion = salVersion
        self.xmlVersion = xmlVersion
        self.structs = structs
        self.constants = constants
    }
}

/// One DDS topic type, e.g. `logevent_summaryState_90255bf1`.
public struct IDLStruct: Sendable, Equatable {
    public var name: String
    public var description: String?
    public var fields: [IDLField]
    /// Names of the key fields in the order of the fields; empty: a keyless topic. Nil: no `#pragma keylist` at all.
    public var keys: [String]?

    public init(name: String, description: String? = nil, fields: [IDLField], keys: [String]? = nil) {
        self.name = name
        self.description = description
        self.fields = fields
        self.keys = keys
    }
}

public struct IDLField: Sendable, Equatable {
    public var name: String
    public var type: IDLType
    /// The `N` of `name[N]`; nil for a scalar.
    public var arrayLength: Int?
    public var units: String?
    public var description: String?

    public init(name: String, type: IDLType, arrayLength: Int? = nil, units: String? = nil, description: String? = nil)
    {
        self.name = name
        self.type = type
        self.arrayLength = arrayLength
        self.units = units
        self.description = description
    }
}

/// Scalar types of SAL IDL. SAL's XML `int` and `long` are both IDL `long`, of 32 bits.
public enum IDLType: Sendable, Equatable {
    case boolean, octet, char
    case int16, uint16, int32, uint32, int64, uint64
    case float, double
    /// `bound` is the `N` of `string<N>`; nil: unbounded.
    case string(bound: Int?)
}

/// `const long <topic>_<Enum>_<Item>=<value>;`
public struct IDLConstant: Sendable, Equatable {
    public var name: String
    public var value: Int64

    public init(name: String, value: Int64) {
        self.name = name
        self.value = value
    }
}

/// Bounds that prevent a damaged or hostile file from requesting absurd amounts of memory.
public enum IDLLimits {
    /// Maximum elements of a struct, each array counted by its length. The widest SAL topic has 14,486.
    public static let elements = 1 << 20
    /// The largest `N` of `string<N>`, in bytes.
    public static let stringBound = 1 << 24
}
