import EFDCore

/// A schema to register, and the subject that gets it.
public struct SubjectSchema: Sendable, Equatable {
    public let subject: String
    /// Avro's JSON document.
    public let text: String

    public init(subject: String, text: String) { (self.subject, self.text) = (subject, text) }
}

extension RegistryClient {
    /// Registers every schema or finds it, and waits for a registry that does not answer: for programs that write
    /// topics, before their first record. The ids are in the order of the schemas. nil: `stop` stopped first.
    ///
    /// - Parameter onRetry: gets each failure before the next attempt, for readiness and the log.
    /// - Throws: a refusal that does not pass by itself, with the subject: `registry.schemaIncompatible` with what is
    ///   incompatible and how to allow it, `registry.schemaInvalid`, wrong credentials.
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
