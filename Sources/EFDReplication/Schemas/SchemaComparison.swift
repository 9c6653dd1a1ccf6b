import EFDCore
import EFDRegistry

/// Whether a schema is the same in two registries.
enum SchemaComparison {
    /// Registries write members in orders of their own: neither order nor white space counts.
    static func isSame(_ one: RegisteredSchema, _ other: RegisteredSchema) -> Bool {
        guard one.type == other.type, one.references == other.references else { return false }
        if one.text == other.text { return true }
        guard let left = try? JSON.parse(one.text), let right = try? JSON.parse(other.text) else { return false }
        return isSame(left, right)
    }

    private static func isSame(_ one: JSON, _ other: JSON) -> Bool {
        switch (one, other) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.object(let left), .object(let right)):
            guard left.entries.count == right.entries.count else { return false }
            return left.entries.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
        default: return one == other
        }
    }

    /// The name of the type at the top, or the first characters of what has none.
    static func name(_ schema: RegisteredSchema) -> String {
        guard let json = try? JSON.parse(schema.text), let name = json["name"]?.string else {
            return "'\(schema.text.prefix(60))'"
        }
        guard let namespace = json["namespace"]?.string, !name.contains(".") else { return name }
        return "\(namespace).\(name)"
    }

    /// The error for an id that means one schema at the source and another at the target: it names both, with their
    /// subjects.
    static func conflict(
        _ id: Int32, _ here: RegisteredSchema, _ place: SubjectVersion, at there: RegisteredSchema,
        _ uses: [SubjectVersion]
    ) -> EFDError {
        let target = uses.first.map { " (\($0))" } ?? ""
        return EFDError(
            .replicationSchemaConflict,
            """
            schema id \(id), for \(place.version.map { "version \($0) of " } ?? "")subject \(place.subject), \
            is \(name(here)) at the source \
            and \(name(there))\(target) at the target\(name(here) == name(there) ? ", with another text" : "")
            """,
            remedy: """
                Keep ids apart: give the copied topics a target registry of their own, delete the target's \
                schema for good if nothing uses it, \
                or copy with --schema-mode translate.
                """)
    }
}
