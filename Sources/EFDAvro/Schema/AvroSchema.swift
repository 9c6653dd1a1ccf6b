import EFDCore

/// A schema as written, and its parsed type.
public struct AvroSchema: Sendable, Equatable {
    public let type: AvroType
    /// The document with its members in their order.
    public let document: JSON
    private let definitions: [String: AvroType]

    /// Maximum nesting: stacks are finite.
    public static let depthLimit = 64

    /// Parses a schema. The error has the position in the document.
    ///
    /// - Parameter known: schemas whose types it refers to by name, each after its own dependencies.
    public static func parse(_ text: String, knowing known: [String] = []) throws(EFDError) -> AvroSchema {
        var parser = AvroSchemaParser()
        for text in known { _ = try parser.type(try JSON.parse(text), namespace: "", path: "$", depth: 0) }
        return try AvroSchema(try JSON.parse(text), &parser)
    }

    public init(_ document: JSON) throws(EFDError) {
        var parser = AvroSchemaParser()
        try self.init(document, &parser)
    }

    private init(_ document: JSON, _ parser: inout AvroSchemaParser) throws(EFDError) {
        type = try parser.type(document, namespace: "", path: "$", depth: 0)
        self.document = document
        definitions = parser.definitions
    }

    /// The record at the top; nil if the schema is of another type.
    public var record: AvroRecord? { if case .record(let record) = type { record } else { nil } }

    /// Compact text of the document.
    public var text: String { document.text }

    /// The definition of a `.reference`.
    public func definition(_ fullName: String) -> AvroType? { definitions[fullName] }

    /// The type itself, also if it is a reference by name.
    func resolved(_ type: AvroType) -> AvroType {
        guard case .reference(let name) = type else { return type }
        return definitions[name] ?? type
    }

    func minimumBytes(of type: AvroType) -> Int { resolved(type).minimumBytes }

    public static func == (left: AvroSchema, right: AvroSchema) -> Bool { left.document == right.document }
}
