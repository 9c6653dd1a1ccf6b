import EFDCore

/// A schema to register, and its subject.
public struct SubjectSchema: Sendable, Equatable {
    public let subject: String
    /// Avro's JSON document.
    public let text: String

    public init(subject: String, text: String) { (self.subject, self.text) = (subject, text) }
}

extension RegistryClient {
    /// Registers or finds every schema, and waits for a registry that does not answer: for programs that write topics,
    /// before their first record. The ids are in the order of the schemas. nil: `stop` stopped first.
    ///
    /// - Parameter onRetry: receives each failure before the next attempt, for readiness and the log.
    /// - Throws: an error that is not retriable, with the subject: `registry.schemaIncompatible` with the
    ///   incompatibilities and how to allow them, `registry.schemaInvalid`, wrong credentials.
    public func register(_ schemas: [SubjectSchema], retrying stop: StopToken, onRetry: (EFDError) -> Void)
        throws(EFDError) -> [Int32]?
    {
        var ids: [Int32] = []
        ids.reserveCapacity(schemas.count)
        for schema in schemas {
            let backoff = Backoff(base: 0.2, cap: 15)
            do throws(EFDError) {
                let id = try backoff.retrying(until: stop, onRetry: onRetry) { () throws(EFDError) in
                    try register(schema.text, subject: schema.subject)
                }
                guard let id else { return nil }
                ids.append(id)
            } catch {
                throw error.during("registering the schema of \(schema.subject)")
            }
        }
        return ids
    }
}
