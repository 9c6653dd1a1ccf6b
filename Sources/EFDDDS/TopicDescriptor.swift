import EFDCore
import EFDSAL

/// The type description of a topic for Cyclone DDS, built at run time from IDL, equal to the output of `idlc`.
public struct TopicDescriptor: Sendable, Equatable {
    public let typeName: String
    /// Size and alignment in bytes of the C struct.
    public private(set) var size: UInt32 = 0
    public private(set) var alignment: UInt32 = 1
    public private(set) var flags: UInt32 = 0
    /// Instructions for Cyclone's serializer: one per field, the end, one per key.
    public private(set) var operations: [UInt32] = []
    /// Instructions without those of the keys.
    public private(set) var instructionCount: UInt32 = 0
    /// Key fields in the order of the fields, each with the offset of its instruction.
    public private(set) var keys: [Key] = []

    public struct Key: Sendable, Equatable {
        public let name: String
        public let offset: UInt32
    }

    // Cyclone's instruction words (dds_opcodes.h).
    private enum Word {
        static let address: UInt32 = 1 << 24
        static let end: UInt32 = 0
        static let keyOffset: UInt32 = 7 << 24
        static let array: UInt32 = 8 << 16
        static let keyFlag: UInt32 = 1 | 1 << 3
        static let floating: UInt32 = 1 << 1
        static let signed: UInt32 = 1 << 2
    }

    private enum Flag {
        static let fixedKey: UInt32 = 1 << 1
        static let fixedSize: UInt32 = 1 << 4
        static let fixedKeyXCDR2: UInt32 = 1 << 5
    }

    /// Larger structs are a mistake in the IDL: arrays of long strings add up quickly. The widest SAL topic has 116 kB.
    public static let sizeLimit: UInt64 = 1 << 28

    /// - Parameter module: the IDL module, which is the component.
    /// - Throws: `dds.typeTooLarge`.
    public init(_ definition: IDLStruct, module: String) throws(EFDError) {
        typeName = "\(module)::\(definition.name)"
        let keyNames = Set(definition.keys ?? [])
        var keyOperations: [(name: String, operation: UInt32)] = []
        for field in definition.fields {
            let isKey = keyNames.contains(field.name)
            if isKey { keyOperations.append((field.name, UInt32(operations.count))) }
            guard append(field, isKey: isKey) else {
                throw EFDError(
                    .ddsTypeTooLarge,
                    "a sample of \(typeName) takes more than \(Self.sizeLimit) bytes of memory, at field \(field.name)",
                    remedy: "Check array lengths and string bounds in the IDL.")
            }
        }
        operations.append(Word.end)
        instructionCount += 1
        for key in keyOperations {
            keys.append(Key(name: key.name, offset: UInt32(operations.count)))
            operations += [Word.keyOffset | 1, key.operation]
        }
        size = Self.round(size, to: alignment)
        setFlags(definition.fields, keyNames)
    }

    /// False if the struct becomes too large.
    private mutating func append(_ field: IDLField, isKey: Bool) -> Bool {
        let scalar = Self.layout(field.type)
        let count = UInt32(field.arrayLength ?? 1)
        let offset = Self.round(size, to: scalar.alignment)
        let key = isKey ? Word.keyFlag : 0
        if let length = field.arrayLength {
            operations += [Word.address | Word.array | scalar.code << 8 | scalar.flags | key, offset, UInt32(length)]
            if let bound = scalar.bound { operations += [0, bound] }
        } else {
            operations += [Word.address | scalar.code << 16 | scalar.flags | key, offset]
            if let bound = scalar.bound { operations.append(bound) }
        }
        instructionCount += 1
        let end = UInt64(offset) + UInt64(scalar.size) * UInt64(count)
        guard end <= Self.sizeLimit else { return false }
        size = UInt32(end)
        alignment = max(alignment, scalar.alignment)
        return true
    }

    private mutating func setFlags(_ fields: [IDLField], _ keyNames: Set<String>) {
        let hasString = fields.contains { if case .string = $0.type { true } else { false } }
        if !hasString { flags |= Flag.fixedSize }
        if let size = Self.keySize(fields, keyNames, maximumAlignment: 8), size <= Self.fixedKeyLimit {
            flags |= Flag.fixedKey
        }
        if let size = Self.keySize(fields, keyNames, maximumAlignment: 4), size <= Self.fixedKeyLimit {
            flags |= Flag.fixedKeyXCDR2
        }
        if keyNames.isEmpty { flags &= ~(Flag.fixedKey | Flag.fixedKeyXCDR2) }
    }

    /// A key of at most this many bytes is its own hash.
    private static let fixedKeyLimit: UInt32 = 16

    /// The maximum bytes of the key as CDR, or any number above the limit; nil: unbounded.
    private static func keySize(_ fields: [IDLField], _ keyNames: Set<String>, maximumAlignment: UInt32) -> UInt32? {
        var size: UInt32 = 0
        for field in fields where keyNames.contains(field.name) {
            let count = UInt32(field.arrayLength ?? 1)
            if case .string(let bound) = field.type {
                guard let bound else { return nil }
                for _ in 0..<count where size <= fixedKeyLimit { size = round(size, to: 4) + 4 + UInt32(bound) + 1 }
                continue
            }
            let scalar = layout(field.type)
            size = round(size, to: min(scalar.alignment, maximumAlignment)) + scalar.size * count
            if size > fixedKeyLimit { return size }
        }
        return size
    }

    /// Cyclone's code and flags of a scalar, its offset in a C struct, and the size of a bounded string with its
    /// terminator.
    private static func layout(_ type: IDLType) -> (
        code: UInt32, flags: UInt32, size: UInt32, alignment: UInt32, bound: UInt32?
    ) {
        switch type {
        case .boolean: (14, 0, 1, 1, nil)
        case .octet: (1, 0, 1, 1, nil)
        case .char: (1, Word.signed, 1, 1, nil)
        case .int16: (2, Word.signed, 2, 2, nil)
        case .uint16: (2, 0, 2, 2, nil)
        case .int32: (3, Word.signed, 4, 4, nil)
        case .uint32: (3, 0, 4, 4, nil)
        case .int64: (4, Word.signed, 8, 8, nil)
        case .uint64: (4, 0, 8, 8, nil)
        case .float: (3, Word.floating, 4, 4, nil)
        case .double: (4, Word.floating, 8, 8, nil)
        case .string(nil): (5, 0, 8, 8, nil)
        case .string(let bound?): (6, 0, UInt32(bound) + 1, 1, UInt32(bound) + 1)
        }
    }

    private static func round(_ value: UInt32, to alignment: UInt32) -> UInt32 {
        (value + alignment - 1) / alignment * alignment
    }
}
