/// A schema as a registry knows it.
public struct RegisteredSchema: Sendable, Equatable {
    /// Unique within a registry; it stands in front of every record. Nil where the registry's answer left it out.
    public let id: Int32?
    public let subject: String?
    public let version: Int?
    /// The schema's text, for Avro a JSON document.
    public let text: String
    /// `AVRO`, `JSON` or `PROTOBUF`.
    public let type: String
    public let references: [SchemaReference]

    public init(id: Int32?, subject: String?, version: Int?, text: String, type: String = "AVRO", references: [SchemaReference] = []) {
        self.id = id
        self.subject = subject
        self.version = version
        self.text = text
        self.type = type
        self.references = references
    }
}

/// Names a type that stands in another subject's schema.
public struct SchemaReference: Sendable, Equatable {
    /// The full name by which the referring schema uses the type.
    public let name: String
    public let subject: String
    public let version: Int

    public init(name: String, subject: String, version: Int) { (self.name, self.subject, self.version) = (name, subject, version) }
}

/// What a new schema of a subject must be compatible with.
public enum CompatibilityLevel: String, Sendable, CaseIterable {
    case none = "NONE"
    /// The new schema reads what the last one wrote.
    case backward = "BACKWARD"
    /// The new schema reads what any earlier one wrote.
    case backwardTransitive = "BACKWARD_TRANSITIVE"
    /// The last schema reads what the new one writes.
    case forward = "FORWARD"
    case forwardTransitive = "FORWARD_TRANSITIVE"
    case full = "FULL"
    case fullTransitive = "FULL_TRANSITIVE"
}

/// Who may write to a subject, or to the whole registry.
public enum RegistryMode: String, Sendable, CaseIterable {
    case readWrite = "READWRITE"
    case readOnly = "READONLY"
    /// Schemas come with the ids they have elsewhere; ids of the registry's own are refused.
    case importing = "IMPORT"
}
