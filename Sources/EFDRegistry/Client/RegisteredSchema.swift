import EFDCore

/// A schema in a registry.
public struct RegisteredSchema: Sendable, Equatable {
    /// Unique within a registry; it precedes every record. Nil if the registry's answer lacks it.
    public let id: Int32?
    public let subject: String?
    public let version: Int?
    /// The schema's text, for Avro a JSON document.
    public let text: String
    /// `AVRO`, `JSON` or `PROTOBUF`.
    public let type: String
    public let references: [SchemaReference]

    public init(
        id: Int32?, subject: String?, version: Int?, text: String, type: String = "AVRO",
        references: [SchemaReference] = []
    ) {
        self.id = id
        self.subject = subject
        self.version = version
        self.text = text
        self.type = type
        self.references = references
    }
}

/// The subject and version of a schema in a registry.
public struct SubjectVersion: Sendable, Hashable, CustomStringConvertible {
    public let subject: String
    /// nil: any version, as the registry numbers it.
    public let version: Int?

    public init(subject: String, version: Int?) { (self.subject, self.version) = (subject, version) }

    public var description: String { version.map { "version \($0) of subject \(subject)" } ?? "subject \(subject)" }
}

/// Refers to a type that is defined in another subject's schema.
public struct SchemaReference: Sendable, Hashable {
    /// The full name of the type in the referring schema.
    public let name: String
    public let subject: String
    public let version: Int

    public init(name: String, subject: String, version: Int) {
        (self.name, self.subject, self.version) = (name, subject, version)
    }
}

extension [SchemaReference] {
    /// In the format of registries.
    public var json: JSON {
        .array(
            map { ["name": .string($0.name), "subject": .string($0.subject), "version": .integer(Int64($0.version))] })
    }

    /// Nil if it is not a list, or an entry lacks one of the three members.
    public init?(_ json: JSON) {
        guard let entries = json.elements else { return nil }
        self = entries.compactMap { entry in
            guard let name = entry["name"]?.string, let subject = entry["subject"]?.string,
                let version = entry["version"]?.integer
            else { return nil }
            return SchemaReference(name: name, subject: subject, version: Int(clamping: version))
        }
        if count != entries.count { return nil }
    }
}

/// The compatibility level: which schemas a new schema of a subject must be compatible with.
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

/// The mode of a subject, or of the whole registry.
public enum RegistryMode: String, Sendable, CaseIterable {
    case readWrite = "READWRITE"
    case readOnly = "READONLY"
    /// Schemas are imported with ids; the registry assigns none.
    case importing = "IMPORT"
}
