import EFDCore

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

/// Where a registry keeps a schema.
public struct SubjectVersion: Sendable, Hashable, CustomStringConvertible {
    public let subject: String
    /// nil: any version, as the registry numbers it.
    public let version: Int?

    public init(subject: String, version: Int?) { (self.subject, self.version) = (subject, version) }

    public var description: String { version.map { "version \($0) of subject \(subject)" } ?? "subject \(subject)" }
}

/// Names a type that stands in another subject's schema.
public struct SchemaReference: Sendable, Hashable {
    /// The full name by which the referring schema uses the type.
    public let name: String
    public let subject: String
    public let version: Int

    public init(name: String, subject: String, version: Int) {
        (self.name, self.subject, self.version) = (name, subject, version)
    }
}

extension [SchemaReference] {
    /// As registries write it.
    public var json: JSON {
        .array(
            map { ["name": .string($0.name), "subject": .string($0.subject), "version": .integer(Int64($0.version))] })
    }

    /// Nil when it is no list, or an entry has not all three members.
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
