import EFDCore
import EFDRegistry

/// Whether a schema is the same in two registries.
enum SchemaComparison {
    /// Registries order members differently: neither order nor white space counts.
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

    /// The name of the top-level type, or the first characters of an unnamed one.
    static func name(_ schema: RegisteredSchema) -> String {
        guard let json = try? JSON.parse(schema.text), let name = json["name"]?.string else {
            return "'\(schema.text.prefix(60))'"
        }
        guard let namespace = json["namespace"]?.string, !name.contains(".") else { return name }
        return "\(namespace).\(name)"
    }

    /// The error for an id that means different schemas at source and target: it names both, with their subjects.
    static func conflict(
        _ id: Int32, _ here: RegisteredSchema, _ registration: SubjectVersion, at there: RegisteredSchema,
        _ uses: [SubjectVersion]
    ) -> EFDError {
        let target = uses.first.map { " (\($0))" } ?? ""
        return EFDError(
            .replicationSchemaConflict,
            """
            schema id \(id), for \(registration), \
            is \(name(here)) at the source \
            and \(name(there))\(target) at the target\(name(here) == name(there) ? ", with another text" : "")
            """,
            remedy: """
                Avoid the conflict: use a separate target registry for the copied topics, delete the target's \
                schema permanently if nothing uses it, \
                or copy with --schema-mode translate.
                """)
    }
}
