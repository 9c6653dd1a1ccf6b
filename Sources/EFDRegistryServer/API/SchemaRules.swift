import EFDAvro
import EFDCore
import EFDRegistry

/// Avro's rules in the registry.
enum SchemaRules {
    /// The validated text without white space, members in their author's order or, normalised, in Avro's.
    static func validText(_ text: String, knowing known: [String], isNormalized: Bool) throws(RegistryRefusal) -> String
    {
        do throws(EFDError) {
            let schema = try AvroSchema.parse(text, knowing: known)
            return isNormalized ? schema.normalizedText : schema.text
        } catch {
            throw .invalidSchema(error.message)
        }
    }

    /// Rejects defaults that are not values of their fields. Applies only to new schemas: older ones may be in use.
    static func checkDefaults(_ text: String, knowing known: [String]) throws(RegistryRefusal) {
        do throws(EFDError) {
            try AvroSchema.parse(text, knowing: known).checkDefaults()
        } catch {
            throw .invalidSchema(error.message)
        }
    }

    /// The incompatibilities of `text` with `earlier` (oldest first) at that level. Empty: none.
    static func incompatibilities(
        of text: RegistryState.Text, with earlier: [RegistryState.Text], _ level: CompatibilityLevel,
        _ state: RegistryState
    ) -> [String] {
        let isTransitive = [.backwardTransitive, .forwardTransitive, .fullTransitive].contains(level)
        let others = isTransitive ? earlier[...] : earlier.suffix(1)
        guard level != .none, let schema = parsed(text, state) else { return [] }
        var messages: [String] = []
        for other in others.reversed() {
            // An unvalidated import may not be comparable.
            guard let other = parsed(other, state) else { continue }
            if [.backward, .backwardTransitive, .full, .fullTransitive].contains(level) {
                messages += AvroCompatibility.incompatibilities(reader: schema, writer: other).map(\.description)
            }
            if [.forward, .forwardTransitive, .full, .fullTransitive].contains(level) {
                messages += AvroCompatibility.incompatibilities(reader: other, writer: schema).map(\.description)
            }
        }
        return messages
    }

    /// The texts of the schemas that `references` lead to, each after its own dependencies.
    static func known(_ references: [SchemaReference], _ state: RegistryState) throws(RegistryRefusal) -> [String] {
        var found: [String] = []
        var seen: Set<Int32> = []
        try collect(references, state, depth: 0, &seen, &found)
        return found
    }

    private static func collect(
        _ references: [SchemaReference], _ state: RegistryState, depth: Int, _ seen: inout Set<Int32>,
        _ found: inout [String]
    ) throws(RegistryRefusal) {
        guard depth < AvroSchema.depthLimit else {
            throw .invalidSchema("references lead over more than \(AvroSchema.depthLimit) schemas")
        }
        for reference in references {
            guard let version = state.subjects[reference.subject]?.first(where: { $0.number == reference.version }),
                let text = state.texts[version.id]
            else {
                throw .invalidSchema(
                    "no schema exists for the reference '\(reference.name)' to version \(reference.version) of "
                        + "subject '\(reference.subject)'"
                )
            }
            guard seen.insert(version.id).inserted else { continue }
            try collect(text.references, state, depth: depth + 1, &seen, &found)
            found.append(text.text)
        }
    }

    private static func parsed(_ text: RegistryState.Text, _ state: RegistryState) -> AvroSchema? {
        guard let known = try? known(text.references, state) else { return nil }
        return try? AvroSchema.parse(text.text, knowing: known)
    }
}
