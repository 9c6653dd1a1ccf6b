import EFDCore
import EFDRegistry

/// Waits until a registry at the target that reads the copy of the source registry's topic knows a schema.
final class MirroredSchemas: SchemaStrategy {
    let rewritesIDs = false
    private let target: RegistryClient

    init(target: RegistryClient) { self.target = target }

    func replicate(_ schema: RegisteredSchema, id: Int32, as registration: SubjectVersion) throws(EFDError) -> Int32 {
        guard let known = try target.schema(id: id) else {
            throw EFDError(
                .replicationSchemaAwaited,
                "the registry at the target does not know schema id \(id) of subject \(registration.subject) yet",
                remedy:
                    "That registry must read the copy of the source registry's topic, which must be one of the "
                    + "copied.",
                recovery: .retry)
        }
        guard SchemaComparison.isSame(known, schema) else {
            throw SchemaComparison.conflict(id, schema, registration, at: known, try target.uses(ofSchema: id))
        }
        return id
    }
}
