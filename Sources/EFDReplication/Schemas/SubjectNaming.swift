import EFDRegistry

/// What a subject of the source is called at the target: those that are named after topics follow their topics' names.
struct SubjectNaming: Sendable {
    private let topics: TopicNaming?

    /// - Parameter topics: nil: all keep their names.
    init(_ topics: TopicNaming? = nil) { self.topics = topics?.isIdentity == false ? topics : nil }

    func target(_ subject: String) -> String {
        guard let topics, let topic = SchemaPlace.topic(of: subject) else { return subject }
        return topics.target(topic) + subject.dropFirst(topic.count)
    }

    func target(_ place: SchemaPlace) -> SchemaPlace { SchemaPlace(target(place.subject), place.version) }

    /// The schema with references that lead to the target's subjects.
    func target(_ schema: RegisteredSchema) -> RegisteredSchema {
        guard topics != nil, !schema.references.isEmpty else { return schema }
        return RegisteredSchema(
            id: schema.id, subject: schema.subject, version: schema.version, text: schema.text, type: schema.type,
            references: schema.references.map {
                SchemaReference(name: $0.name, subject: target($0.subject), version: $0.version)
            })
    }
}
