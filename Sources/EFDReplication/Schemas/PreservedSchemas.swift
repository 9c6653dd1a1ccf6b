import EFDCore
import EFDRegistry

/// Replicates schemas with the ids and versions that they have at the source.
///
/// A subject is set to mode IMPORT before its first schema and stays so: nobody else can then assign other ids to its
/// versions, and a kill at any moment leaves nothing to undo. Other subjects of the registry are left alone.
final class PreservedSchemas: SchemaStrategy {
    let rewritesIDs = false
    private let source: RegistryClient
    private let target: RegistryClient
    private let naming: SubjectNaming
    private let log: Log
    /// Schemas that the target's registry is known to have.
    private let done = Locked<Set<SubjectVersion>>([])
    /// Subjects known to be in mode IMPORT.
    private let importing = Locked<Set<String>>([])

    init(source: RegistryClient, target: RegistryClient, naming: SubjectNaming = SubjectNaming(), log: Log) {
        (self.source, self.target, self.naming, self.log) = (source, target, naming, log)
    }

    func replicate(_ schema: RegisteredSchema, id: Int32, as registration: SubjectVersion) throws(EFDError) -> Int32 {
        try replicate(schema, id, registration, depth: 0)
        return id
    }

    private func replicate(_ schema: RegisteredSchema, _ id: Int32, _ registration: SubjectVersion, depth: Int)
        throws(EFDError)
    {
        if registration.version != nil, done.withLock({ $0.contains(registration) }) { return }
        guard depth < SchemaLimits.referenceDepth else {
            throw EFDError(
                .replicationSchemaReferencesCircular,
                "the references of schema id \(id) lead over more than \(depth) schemas")
        }
        let (copy, there) = (naming.target(schema), naming.target(registration))
        if try !isThere(copy, id, there) {
            for reference in schema.references { try replicate(reference, depth: depth + 1) }
            try store(copy, id, there)
            guard try isThere(copy, id, there) else {
                throw EFDError(
                    .replicationSchemaNotStored,
                    "the target's registry accepted schema id \(id) of subject \(there.subject) and does not "
                        + "have it: it does not support imports",
                    remedy: "Use a newer registry, or --schema-mode translate.")
            }
            log.info(
                "schema replicated to the target",
                ["id": .integer(Int(id)), "subject": .text(there.subject), "version": .integer(there.version ?? 0)])
        }
        done.withLock { _ = $0.insert(registration) }
    }

    private func replicate(_ reference: SchemaReference, depth: Int) throws(EFDError) {
        guard let schema = try source.version(reference.version, of: reference.subject), let id = schema.id else {
            throw EFDError(
                .replicationReferenceMissing,
                "the source's registry does not have version \(reference.version) of subject \(reference.subject), "
                    + "which a schema refers to"
            )
        }
        let registration = SubjectVersion(subject: reference.subject, version: reference.version)
        try replicate(schema, id, registration, depth: depth)
    }

    /// Throws if id or version mean something else at the target.
    private func isThere(_ schema: RegisteredSchema, _ id: Int32, _ registration: SubjectVersion) throws(EFDError)
        -> Bool
    {
        let known = try target.schema(id: id)
        if let known, !SchemaComparison.isSame(known, schema) {
            throw SchemaComparison.conflict(id, schema, registration, at: known, try target.uses(ofSchema: id))
        }
        guard let version = registration.version else { return known != nil }
        guard let taken = try target.version(version, of: registration.subject) else { return false }
        guard let other = taken.id, other != id else { return known != nil }
        throw EFDError(
            .replicationSchemaConflict,
            """
            version \(version) of subject \(registration.subject) is \(SchemaComparison.name(schema)) with id \(id) \
            at the source and \
            \(SchemaComparison.name(taken)) with id \(other) at the target
            """,
            remedy: """
                Another client registered it at the target: delete the subject there permanently if nothing uses it, \
                or copy with --schema-mode translate.
                """)
    }

    private func store(_ schema: RegisteredSchema, _ id: Int32, _ registration: SubjectVersion) throws(EFDError) {
        try setImporting(registration.subject)
        do throws(EFDError) {
            _ = try register(schema, id, registration)
        } catch  where error.code == .registryOperationRefused {
            // Somebody may have set the mode back.
            importing.withLock { _ = $0.remove(registration.subject) }
            try setImporting(registration.subject)
            _ = try register(schema, id, registration)
        }
    }

    private func register(_ schema: RegisteredSchema, _ id: Int32, _ registration: SubjectVersion) throws(EFDError)
        -> Int32
    {
        try target.register(
            schema.text, subject: registration.subject, type: schema.type, references: schema.references, id: id,
            version: registration.version)
    }

    private func setImporting(_ subject: String) throws(EFDError) {
        if importing.withLock({ $0.contains(subject) }) { return }
        guard let mode = try target.mode(subject) else {
            throw EFDError(
                .replicationImportMissing,
                "the target's registry has no modes: schemas cannot keep their ids there",
                remedy:
                    "Copy with --schema-mode translate, or mirror the source registry's topic (--schema-mode mirror).")
        }
        if mode != .importing {
            do throws(EFDError) {
                // Forced: earlier versions exist if a subject was copied before.
                try target.setMode(.importing, for: subject, force: true)
            } catch  where !error.isRetriable {
                throw EFDError(
                    .replicationImportRefused, "subject \(subject) cannot be set to mode IMPORT: \(error.message)",
                    remedy:
                        "Allow changes of modes at the target's registry (mode.mutability=true), or copy with "
                        + "--schema-mode translate."
                )
            }
        }
        importing.withLock { _ = $0.insert(subject) }
    }
}
