import EFDCore
import EFDRegistry

/// The half of a record that contains a schema id.
public enum RecordPart: Sendable { case key, value }

/// Registers schemas in the target's registry before the first record that uses them is copied.
///
/// Copy threads call it for each schema id that is new in the keys or values of a partition, and cache the answer; the
/// record waits until the call returns. A call may take a few requests to the registries; while a registry is known to
/// be unavailable, it throws immediately.
public protocol SchemaReplicator: Sendable {
    /// Whether that half of a topic's records may contain schema ids at all; called once for each partition.
    func replicates(_ part: RecordPart, of topic: String) -> Bool

    /// Returns the id to write into the target's record: the same, or the target's own if ids are translated.
    ///
    /// - Parameter id: the number after a first byte 0. If that byte is a coincidence, the same id is returned.
    /// - Throws: a retriable error (`.retry`): the partition waits and asks again, others continue. Any other: the
    ///   partitions with that id stall and readiness fails with the message, others continue.
    func replicate(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32
}

/// Replicates schemas from the source's registry to the target's, each once.
final class RegistryReplicator: SchemaReplicator {
    private struct Question: Hashable {
        let id: Int32
        let kind: UnknownSchemas.Kind
    }

    private let source: RegistryClient
    private let strategy: any SchemaStrategy
    private let avroTopics: NamePattern?
    private let schemas: SchemaCache
    private let unknown: UnknownSchemas
    private let breaker = RegistryCircuitBreaker()
    private let answers = Locked<[Question: Int32]>([:])
    private let metrics: SchemaMetrics
    private let log: Log

    /// - Parameter avroTopics: the topics whose records may begin with an id; nil: all.
    init(
        source: RegistryClient, strategy: any SchemaStrategy, unknownWait: Double, avroTopics: NamePattern? = nil,
        metrics: Metrics,
        log: Log
    ) {
        self.source = source
        self.strategy = strategy
        self.avroTopics = avroTopics
        self.log = log
        schemas = SchemaCache(source, capacity: SchemaLimits.cachedSchemas, missingSeconds: SchemaLimits.unknownSeconds)
        unknown = UnknownSchemas(patience: unknownWait)
        self.metrics = SchemaMetrics(metrics)
    }

    func replicates(_ part: RecordPart, of topic: String) -> Bool { avroTopics?.matches(topic) ?? true }

    func replicate(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32 {
        let kind = UnknownSchemas.Kind(topic: topic, part: part)
        let question = Question(id: id, kind: kind)
        if let known = answers.withLock({ $0[question] }) { return known }
        if unknown.isStrange(kind) { return id }
        try breaker.check()
        guard let schema = try find(id) else { return try pass(id, kind) }
        unknown.found(kind)
        let registrations = try asking { () throws(EFDError) -> [SubjectVersion] in
            try self.registrations(of: schema, id, topic, part)
        }
        guard !registrations.isEmpty else {
            metrics.passed.add()
            return id
        }
        let answer = try asking { () throws(EFDError) -> Int32 in try replicate(schema, id, registrations) }
        answers.withLock { $0[question] = answer }
        metrics.replicated.add()
        return answer
    }

    private func replicate(_ schema: RegisteredSchema, _ id: Int32, _ registrations: [SubjectVersion]) throws(EFDError)
        -> Int32
    {
        var answer: Int32?
        for registration in registrations {
            let written = try strategy.replicate(schema, id: id, as: registration)
            answer = answer ?? written
        }
        return answer ?? id
    }

    private func find(_ id: Int32) throws(EFDError) -> RegisteredSchema? {
        switch schemas.schema(id) {
        case .found(let schema): return schema
        case .missing: return nil
        case .unreachable(let error):
            if error.isRetriable { breaker.failed(error) }
            throw error
        }
    }

    private func pass(_ id: Int32, _ kind: UnknownSchemas.Kind) throws(EFDError) -> Int32 {
        let subject = SubjectNaming.subject(of: kind.topic, kind.part)
        let hasSchemas = try asking { () throws(EFDError) -> Bool in try !source.versions(subject).isEmpty }
        try unknown.missing(id, kind, hasSchemas: hasSchemas)
        metrics.passed.add()
        if hasSchemas {
            log.warning(
                "records with an unknown schema id are copied unchanged",
                ["topic": .text(kind.topic), "id": .integer(Int(id))])
        }
        return id
    }

    /// The subjects and versions to replicate for these records: those of the topic's own subjects, else all. Empty:
    /// the id belongs to another topic, and is a coincidence here.
    private func registrations(of schema: RegisteredSchema, _ id: Int32, _ topic: String, _ part: RecordPart)
        throws(EFDError)
        -> [SubjectVersion]
    {
        let all = try source.uses(ofSchema: id)
        let own = all.filter { SubjectNaming.isNamed($0.subject, after: topic, part) }
        if !own.isEmpty { return own }
        if !all.isEmpty {
            return strategy.rewritesIDs && all.allSatisfy({ SubjectNaming.topic(of: $0.subject) != nil }) ? [] : all
        }
        // Deleted versions, and registries without this request.
        let subject = SubjectNaming.subject(of: topic, part)
        return [
            SubjectVersion(
                subject: subject,
                version: try source.lookup(
                    schema.text, subject: subject, type: schema.type, references: schema.references)?
                    .version)
        ]
    }

    private func asking<Answer>(_ body: () throws(EFDError) -> Answer) throws(EFDError) -> Answer {
        do throws(EFDError) {
            let answer = try body()
            breaker.succeeded()
            return answer
        } catch {
            if error.isRetriable, error.code != .replicationSchemaAwaited { breaker.failed(error) }
            if !error.isRetriable { metrics.refused.add() }
            throw error
        }
    }
}
