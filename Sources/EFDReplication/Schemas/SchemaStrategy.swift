import EFDCore
import EFDRegistry

/// How the target's registry gets the schemas of the copied records.
public enum SchemaMode: String, Sendable, CaseIterable {
    /// With the ids that they have at the source, through the target registry's mode IMPORT.
    case preserve
    /// With ids that the target registry assigns; the ids in the records are rewritten.
    case translate
    /// A registry at the target reads the copy of the source registry's topic; records wait for it.
    case mirror
    /// Records are copied without schemas.
    case none
}

/// Registers a schema in the target's registry, in one of the modes. Thread-safe, also for the same schema.
protocol SchemaStrategy: Sendable {
    /// Records get other ids: it must be certain that a first byte 0 precedes a schema id.
    var rewritesIDs: Bool { get }

    /// Returns the schema's id at the target once the registry there knows it.
    ///
    /// - Parameters:
    ///   - id: the schema's id at the source.
    ///   - subject: its subject and version at the source; without a version the target's registry numbers it.
    /// - Throws: `replication.schemaConflict`, `replication.schemaAwaited` and others; the registries' errors.
    func replicate(_ schema: RegisteredSchema, id: Int32, as registration: SubjectVersion) throws(EFDError) -> Int32
}

enum SchemaLimits {
    /// Maximum nesting of references; deeper ones count as a cycle.
    static let referenceDepth = 64
    /// Threads that query the registries on the interval.
    static let followers = 8
    /// Source schemas cached while several partitions need them.
    static let cachedSchemas = 256
    /// Seconds for which an id stays unknown before the source's registry is asked again.
    static let unknownSeconds = 2.0
    /// Consecutive unknown ids after which a topic without subjects counts as not Avro, and for how many seconds.
    static let strangeIDs = 20
    static let strangeSeconds = 60.0
}

/// The names of subjects: those that Confluent's strategies derive from topics, and their names after a renaming.
struct SubjectNaming: Sendable {
    private let topics: TopicNaming?

    /// - Parameter topics: nil: all keep their names.
    init(_ topics: TopicNaming? = nil) { self.topics = topics?.isIdentity == false ? topics : nil }

    static func subject(of topic: String, _ part: RecordPart) -> String { topic + (part == .key ? "-key" : "-value") }

    /// The topic of a subject's name; nil if the name does not end as such names do.
    static func topic(of subject: String) -> String? {
        for suffix in ["-value", "-key"] where subject.hasSuffix(suffix) {
            return String(subject.dropLast(suffix.count))
        }
        return nil
    }

    /// Whether a subject's name belongs to the schemas of these records.
    static func isNamed(_ subject: String, after topic: String, _ part: RecordPart) -> Bool {
        if subject == Self.subject(of: topic, part) { return true }
        // `<topic>-<record>` is for both keys and values.
        return subject.hasPrefix("\(topic)-") && subject != Self.subject(of: topic, .key)
            && subject != Self.subject(of: topic, .value)
    }

    /// The subject's name at the target.
    func target(_ subject: String) -> String {
        guard let topics, let topic = Self.topic(of: subject) else { return subject }
        return topics.target(topic) + subject.dropFirst(topic.count)
    }

    func target(_ registration: SubjectVersion) -> SubjectVersion {
        SubjectVersion(subject: target(registration.subject), version: registration.version)
    }

    /// The schema with references to the target's subjects.
    func target(_ schema: RegisteredSchema) -> RegisteredSchema {
        guard topics != nil, !schema.references.isEmpty else { return schema }
        return RegisteredSchema(
            id: schema.id, subject: schema.subject, version: schema.version, text: schema.text, type: schema.type,
            references: schema.references.map {
                SchemaReference(name: $0.name, subject: target($0.subject), version: $0.version)
            })
    }
}
