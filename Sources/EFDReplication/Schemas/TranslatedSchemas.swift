import EFDCore
import EFDRegistry

/// Registers schemas at the target like any producer, and uses the ids that its registry assigns.
///
/// The target's registry is the map of ids: registering the same text again gives the same id, so no other state is
/// needed.
final class TranslatedSchemas: SchemaStrategy {
    private struct Outcome {
        let id: Int32
        let version: Int
    }

    let rewritesIDs = true
    private let source: RegistryClient
    private let target: RegistryClient
    private let isReadOnly: Bool
    private let naming: SubjectNaming
    private let log: Log
    private let outcomes = Locked<[SubjectVersion: Outcome]>([:])

    /// - Parameter isReadOnly: ids are looked up and nothing is registered, to compare copies.
    init(
        source: RegistryClient, target: RegistryClient, naming: SubjectNaming = SubjectNaming(),
        isReadOnly: Bool = false, log: Log
    ) {
        (self.source, self.target, self.naming, self.isReadOnly, self.log) = (source, target, naming, isReadOnly, log)
    }

    func replicate(_ schema: RegisteredSchema, id: Int32, as registration: SubjectVersion) throws(EFDError) -> Int32 {
        guard let version = registration.version else { return try register(schema, registration.subject, depth: 0).id }
        return try replicate(registration.subject, version, schema, depth: 0).id
    }

    /// Earlier versions first, so that the target numbers them in the source's order.
    private func replicate(_ subject: String, _ version: Int, _ schema: RegisteredSchema?, depth: Int)
        throws(EFDError) -> Outcome
    {
        let registration = SubjectVersion(subject: subject, version: version)
        if let known = outcomes.withLock({ $0[registration] }) { return known }
        guard depth < SchemaLimits.referenceDepth else {
            throw EFDError(
                .replicationSchemaReferencesCircular,
                "the references of \(registration) lead over more than \(depth) schemas")
        }
        for earlier in try source.versions(subject).sorted() where earlier < version {
            try replicateOne(SubjectVersion(subject: subject, version: earlier), nil, depth)
        }
        return try replicateOne(registration, schema, depth)
    }

    @discardableResult
    private func replicateOne(_ registration: SubjectVersion, _ schema: RegisteredSchema?, _ depth: Int)
        throws(EFDError)
        -> Outcome
    {
        if let known = outcomes.withLock({ $0[registration] }) { return known }
        let found: RegisteredSchema? = if let schema { schema } else { try self.schema(registration) }
        guard let found else {
            throw EFDError(
                .replicationReferenceMissing,
                "the source's registry does not have \(registration), which a schema refers to")
        }
        let outcome = try register(found, registration.subject, depth: depth)
        log.info(
            "schema registered at the target",
            [
                "subject": .text(registration.subject), "sourceId": .integer(Int(found.id ?? 0)),
                "id": .integer(Int(outcome.id)),
            ])
        outcomes.withLock { $0[registration] = outcome }
        return outcome
    }

    private func schema(_ registration: SubjectVersion) throws(EFDError) -> RegisteredSchema? {
        guard let version = registration.version else { return nil }
        return try source.version(version, of: registration.subject)
    }

    /// - Parameter sourceSubject: the subject's name at the source.
    private func register(_ schema: RegisteredSchema, _ sourceSubject: String, depth: Int) throws(EFDError) -> Outcome {
        let subject = naming.target(sourceSubject)
        var references: [SchemaReference] = []
        for reference in schema.references {
            let version = try replicate(reference.subject, reference.version, nil, depth: depth + 1).version
            references.append(
                SchemaReference(name: reference.name, subject: naming.target(reference.subject), version: version))
        }
        if isReadOnly {
            guard
                let known = try target.lookup(schema.text, subject: subject, type: schema.type, references: references),
                let id = known.id
            else {
                throw EFDError(
                    .replicationSchemaMissing,
                    "the target's registry does not have a schema of subject \(subject) that the source's has")
            }
            return Outcome(id: id, version: known.version ?? 0)
        }
        let id: Int32
        do throws(EFDError) {
            id = try target.register(schema.text, subject: subject, type: schema.type, references: references)
        } catch  where error.code == .registrySchemaIncompatible {
            id = try registerUnchecked(schema, subject, references, try source.compatibility(sourceSubject))
        }
        // Only a schema that others refer to needs its version.
        let known = try target.lookup(schema.text, subject: subject, type: schema.type, references: references)
        return Outcome(id: id, version: known?.version ?? 0)
    }

    /// The source's registry accepted it, maybe under another level than now: so must the target's. The level follows
    /// on the interval.
    private func registerUnchecked(
        _ schema: RegisteredSchema, _ subject: String, _ references: [SchemaReference], _ level: CompatibilityLevel?
    ) throws(EFDError) -> Int32 {
        try target.setCompatibility(.none, for: subject)
        let id = try target.register(schema.text, subject: subject, type: schema.type, references: references)
        if let level { try target.setCompatibility(level, for: subject) }
        return id
    }
}
