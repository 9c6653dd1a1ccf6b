import EFDCore
import EFDRegistry

/// Carries schemas from the source's registry to the target's, each once.
public final class RegistryCarrier: SchemaReplicator {
    private struct Sight: Hashable {
        let id: Int32
        let kind: UnknownSchemas.Kind
    }

    private let source: RegistryClient
    private let way: any SchemaStrategy
    private let avroTopics: NamePattern?
    private let schemas: SchemaCache
    private let unknown: UnknownSchemas
    private let outage = RegistryCircuitBreaker()
    private let answers = Locked<[Sight: Int32]>([:])
    private let metrics: SchemaMetrics
    private let log: Log

    /// - Parameter avroTopics: the topics whose records may begin with an id; nil: all.
    init(
        source: RegistryClient, way: any SchemaStrategy, unknownWait: Double, avroTopics: NamePattern? = nil,
        metrics: Metrics,
        log: Log
    ) {
        self.source = source
        self.way = way
        self.avroTopics = avroTopics
        self.log = log
        schemas = SchemaCache(source, capacity: SchemaLimits.cachedSchemas, missingSeconds: SchemaLimits.unknownSeconds)
        unknown = UnknownSchemas(patience: unknownWait)
        self.metrics = SchemaMetrics(metrics)
    }

    public func carries(_ part: RecordPart, of topic: String) -> Bool { avroTopics?.matches(topic) ?? true }

    public func carry(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32 {
        let kind = UnknownSchemas.Kind(topic: topic, part: part)
        let sight = Sight(id: id, kind: kind)
        if let known = answers.withLock({ $0[sight] }) { return known }
        if unknown.isStrange(kind) { return id }
        try outage.check()
        guard let schema = try find(id) else { return try pass(id, kind) }
        unknown.found(kind)
        let places = try asking { () throws(EFDError) -> [SchemaPlace] in try self.places(of: schema, id, topic, part) }
        guard !places.isEmpty else {
            metrics.passed.add()
            return id
        }
        let answer = try asking { () throws(EFDError) -> Int32 in try bring(schema, id, places) }
        answers.withLock { $0[sight] = answer }
        metrics.carried.add()
        return answer
    }

    private func bring(_ schema: RegisteredSchema, _ id: Int32, _ places: [SchemaPlace]) throws(EFDError) -> Int32 {
        var answer: Int32?
        for place in places {
            let brought = try way.bring(schema, id: id, to: place)
            answer = answer ?? brought
        }
        return answer ?? id
    }

    private func find(_ id: Int32) throws(EFDError) -> RegisteredSchema? {
        switch schemas.schema(id) {
        case .found(let schema): return schema
        case .missing: return nil
        case .unreachable(let error):
            if error.isRetriable { outage.failed(error) }
            throw error
        }
    }

    private func pass(_ id: Int32, _ kind: UnknownSchemas.Kind) throws(EFDError) -> Int32 {
        let subject = SchemaPlace.subject(of: kind.topic, kind.part)
        let hasSchemas = try asking { () throws(EFDError) -> Bool in try !source.versions(subject).isEmpty }
        try unknown.missing(id, kind, hasSchemas: hasSchemas)
        metrics.passed.add()
        if hasSchemas {
            log.warning(
                "records with an unknown schema id are passed on as they are",
                ["topic": .text(kind.topic), "id": .integer(Int(id))])
        }
        return id
    }

    /// The places that matter for these records: those of the topic's own subjects, else all. Empty: the id is another
    /// topic's, and chance here.
    private func places(of schema: RegisteredSchema, _ id: Int32, _ topic: String, _ part: RecordPart) throws(EFDError)
        -> [SchemaPlace]
    {
        let all = try source.uses(ofSchema: id).map { SchemaPlace($0) }
        let own = all.filter { $0.belongs(to: topic, part) }
        if !own.isEmpty { return own }
        if !all.isEmpty {
            return way.rewritesIDs && all.allSatisfy({ SchemaPlace.topic(of: $0.subject) != nil }) ? [] : all
        }
        // Deleted versions, and registries that do not tell.
        let subject = SchemaPlace.subject(of: topic, part)
        return [
            SchemaPlace(
                subject,
                try source.lookup(schema.text, subject: subject, type: schema.type, references: schema.references)?
                    .version)
        ]
    }

    private func asking<Answer>(_ body: () throws(EFDError) -> Answer) throws(EFDError) -> Answer {
        do throws(EFDError) {
            let answer = try body()
            outage.ended()
            return answer
        } catch {
            if error.isRetriable, error.code != "replication.schemaAwaited" { outage.failed(error) }
            if !error.isRetriable { metrics.refused.add() }
            throw error
        }
    }
}
