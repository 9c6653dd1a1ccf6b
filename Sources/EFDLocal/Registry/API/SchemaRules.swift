import EFDAvro
import EFDCore
import EFDRegistry

/// Avro's rules as the registry applies them.
enum SchemaRules {
    /// Text checked by Avro's rules and written without white space, members in their author's order or, normalised, in Avro's.
    static func validText(_ text: String, isNormalized: Bool) throws(RegistryRefusal) -> String {
        do throws(EFDError) {
            let schema = try AvroSchema.parse(text)
            return isNormalized ? schema.normalizedText : schema.text
        } catch {
            throw .invalidSchema(error.message)
        }
    }

    /// Refuses defaults that are no values of their fields. Only new schemas are held to it: older ones may be in use.
    static func checkDefaults(_ text: String) throws(RegistryRefusal) {
        do throws(EFDError) {
            try AvroSchema.parse(text).checkDefaults()
        } catch {
            throw .invalidSchema(error.message)
        }
    }

    /// What keeps `text` from following `earlier` (oldest first) at that level. Empty: nothing.
    static func incompatibilities(of text: String, with earlier: [String], _ level: CompatibilityLevel) -> [String] {
        let isTransitive = [.backwardTransitive, .forwardTransitive, .fullTransitive].contains(level)
        let others = isTransitive ? earlier[...] : earlier.suffix(1)
        guard level != .none, let schema = try? AvroSchema.parse(text) else { return [] }
        var messages: [String] = []
        for other in others.reversed() {
            // What an import brought in unchecked cannot be compared.
            guard let other = try? AvroSchema.parse(other) else { continue }
            if [.backward, .backwardTransitive, .full, .fullTransitive].contains(level) {
                messages += AvroCompatibility.incompatibilities(reader: schema, writer: other).map(\.description)
            }
            if [.forward, .forwardTransitive, .full, .fullTransitive].contains(level) {
                messages += AvroCompatibility.incompatibilities(reader: other, writer: schema).map(\.description)
            }
        }
        return messages
    }
}
