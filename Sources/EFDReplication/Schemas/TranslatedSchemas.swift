import EFDCore
import EFDRegistry

/// Registers schemas at the target as any producer does, and takes the ids that come.
///
/// The map of ids is the target's registry itself: to register the same text again gives the same id, so that nothing
/// else need be kept.
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

    /// - Parameter isReadOnly: ids are looked up and nothing is registered, to compare what was copied.
    init(
        source: RegistryClient, target: RegistryClient, naming: SubjectNaming = SubjectNaming(),
        isReadOnly: Bool = false, log: Log
    ) {
        (self.source, self.target, self.naming, self.isReadOnly, self.log) = (source, target, naming, isReadOnly, log)
    }

    func bring(_ schema: RegisteredSchema, id: Int32, to place: SchemaPlace) throws(EFDError) -> Int32 {
        guard let version = place.version else { return try register(schema, place.subject, depth: 0).id }
        return try bring(SubjectVersion(subject: place.subject, version: version), schema, depth: 0).id
    }

    /// Earlier versions come first, so that the target counts them in the source's order.
    private func bring(_ place: SubjectVersion, _ schema: RegisteredSchema?, depth: Int) throws(EFDError) -> Outcome {
        if let known = outcomes.withLock({ $0[place] }) { return known }
        guard depth < SchemaLimits.referenceDepth else {
            throw EFDError(
                "replication.schemaReferencesCircular",
                "the references of \(place) lead over more than \(depth) schemas")
        }
        for version in try source.versions(place.subject).sorted() where version < place.version {
            try bringOne(SubjectVersion(subject: place.subject, version: version), nil, depth)
        }
        return try bringOne(place, schema, depth)
    }

    @discardableResult
    private func bringOne(_ place: SubjectVersion, _ schema: RegisteredSchema?, _ depth: Int) throws(EFDError)
        -> Outcome
    {
        if let known = outcomes.withLock({ $0[place] }) { return known }
        let found: RegisteredSchema? =
            if let schema { schema } else { try source.version(place.version, of: place.subject) }
        guard let found else {
            throw EFDError(
                "replication.referenceMissing", "the source's registry has not \(place), which a schema refers to")
        }
        let outcome = try register(found, place.subject, depth: depth)
        log.info(
            "a schema was registered at the target",
            [
                "subject": .text(place.subject), "sourceId": .integer(Int(found.id ?? 0)),
                "id": .integer(Int(outcome.id)),
            ])
        outcomes.withLock { $0[place] = outcome }
        return outcome
    }

    /// - Parameter sourceSubject: the subject's name at the source.
    private func register(_ schema: RegisteredSchema, _ sourceSubject: String, depth: Int) throws(EFDError) -> Outcome {
        let subject = naming.target(sourceSubject)
        var references: [SchemaReference] = []
        for reference in schema.references {
            let place = SubjectVersion(subject: reference.subject, version: reference.version)
            let version = try bring(place, nil, depth: depth + 1).version
            references.append(
                SchemaReference(name: reference.name, subject: naming.target(reference.subject), version: version))
        }
        if isReadOnly {
            guard
                let known = try target.lookup(schema.text, subject: subject, type: schema.type, references: references),
                let id = known.id
            else {
                throw EFDError(
                    "replication.schemaMissing",
                    "the target's registry has not a schema of subject \(subject) that the source's has")
            }
            return Outcome(id: id, version: known.version ?? 0)
        }
        let id: Int32
        do throws(EFDError) {
            id = try target.register(schema.text, subject: subject, type: schema.type, references: references)
        } catch  where error.code == "registry.schemaIncompatible" {
            id = try registerUnchecked(schema, subject, references, try source.compatibility(sourceSubject))
        }
        // Only a schema that others refer to needs its number.
        let known = try target.lookup(schema.text, subject: subject, type: schema.type, references: references)
        return Outcome(id: id, version: known?.version ?? 0)
    }

    /// The source's registry took it, maybe under another level than holds now: so must the target's. The level follows
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
