import EFDCore
import EFDHTTP

/// A client of a schema registry with Confluent's REST interface: Confluent's own, Karapace, Apicurio, `efd registry`.
///
/// Thread-safe. Retriable faults are retried over every address before they are thrown with recovery `.retry`.
public final class RegistryClient: Sendable {
    let transport: RegistryTransport

    public init(_ options: RegistryOptions) { transport = RegistryTransport(options) }

    /// Registers `schema` under `subject`, or finds it there, and returns its id.
    ///
    /// `id` and `version` are for registries in mode IMPORT only. `type` is `AVRO`, `JSON` or `PROTOBUF`. Throws
    /// `registry.schemaIncompatible` with the incompatibilities, `registry.schemaInvalid`, `registry.operationRefused`.
    public func register(
        _ schema: String, subject: String, type: String = "AVRO", references: [SchemaReference] = [], id: Int32? = nil,
        version: Int? = nil
    ) throws(EFDError) -> Int32 {
        var body = Self.body(schema, references, type)
        if let id { body["id"] = .integer(Int64(id)) }
        if let version { body["version"] = .integer(Int64(version)) }
        switch try transport.send(.post, ["subjects", subject, "versions"], body: .object(body)) {
        case .success(let answer): return try Self.id(answer, subject)
        case .failure(let fault) where fault.isIncompatible: throw incompatibility(fault, schema, subject, references)
        case .failure(let fault): throw fault.error
        }
    }

    /// The schema of that id; nil if the registry has none (yet).
    public func schema(id: Int32) throws(EFDError) -> RegisteredSchema? {
        guard let answer = try found(.get, ["schemas", "ids", String(id)]) else { return nil }
        return try Self.schema(answer, id: id)
    }

    /// The subjects and versions of the schema of that id; empty if the registry does not know or support this.
    public func uses(ofSchema id: Int32) throws(EFDError) -> [SubjectVersion] {
        let answer = try found(.get, ["schemas", "ids", String(id), "versions"])
        return (answer?.elements ?? []).compactMap { entry in
            guard let subject = entry["subject"]?.string, let version = entry["version"]?.integer else { return nil }
            return SubjectVersion(subject: subject, version: Int(clamping: version))
        }
    }

    /// Ids of the schemas that refer to a version of a subject.
    public func referrers(to version: Int, of subject: String) throws(EFDError) -> [Int32] {
        let answer = try found(.get, ["subjects", subject, "versions", String(version), "referencedby"])
        return (answer?.elements ?? []).compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    }

    /// The subject's last version; nil if there is no such subject.
    public func latest(_ subject: String) throws(EFDError) -> RegisteredSchema? { try version("latest", of: subject) }

    /// One version of a subject; nil if subject or version do not exist.
    public func version(_ number: Int, of subject: String) throws(EFDError) -> RegisteredSchema? {
        try version(String(number), of: subject)
    }

    /// The version of `subject` with this schema; nil if there is none.
    public func lookup(
        _ schema: String, subject: String, type: String = "AVRO", references: [SchemaReference] = []
    ) throws(EFDError) -> RegisteredSchema? {
        guard let answer = try found(.post, ["subjects", subject], body: .object(Self.body(schema, references, type)))
        else { return nil }
        return try Self.schema(answer)
    }

    /// The names of all subjects that are not deleted.
    public func subjects(prefix: String? = nil) throws(EFDError) -> [String] {
        let answer = try must(.get, ["subjects"], query: prefix.map { ["subjectPrefix": $0] } ?? [:])
        return answer.elements?.compactMap(\.string) ?? []
    }

    /// A subject's version numbers; empty if there is no such subject.
    public func versions(_ subject: String) throws(EFDError) -> [Int] {
        try found(.get, ["subjects", subject, "versions"])?.elements?.compactMap { $0.integer.map { Int($0) } } ?? []
    }

    /// Soft-deletes a subject; `permanently` requires a previous soft delete. Returns the removed versions.
    @discardableResult
    public func deleteSubject(_ subject: String, permanently: Bool = false) throws(EFDError) -> [Int] {
        let answer = try must(.delete, ["subjects", subject], query: permanently ? ["permanent": "true"] : [:])
        return answer.elements?.compactMap { $0.integer.map { Int($0) } } ?? []
    }

    public func deleteVersion(_ number: Int, of subject: String, permanently: Bool = false) throws(EFDError) {
        _ = try must(
            .delete, ["subjects", subject, "versions", String(number)], query: permanently ? ["permanent": "true"] : [:]
        )
    }

    private func version(_ name: String, of subject: String) throws(EFDError) -> RegisteredSchema? {
        guard let answer = try found(.get, ["subjects", subject, "versions", name]) else { return nil }
        return try Self.schema(answer)
    }

    /// Not every registry includes the incompatibilities in its error: this requests the details.
    private func incompatibility(
        _ fault: RegistryFault, _ schema: String, _ subject: String, _ references: [SchemaReference]
    ) -> EFDError {
        let verdict = try? compatible(schema, subject: subject, references: references)
        let details = verdict.map { $0.messages.prefix(5).joined(separator: "; ") } ?? ""
        let level = (try? compatibility(subject)) ?? nil
        return EFDError(
            .registrySchemaIncompatible,
            "the schema for \(subject) is incompatible with an earlier one (error \(fault.code)): "
                + "\(details.isEmpty ? fault.message : details)",
            remedy: """
                Give new fields a default and keep the types of old ones; or allow the change with \
                PUT /config/\(PercentEncoding.encode(subject)) {"compatibility": "NONE"}\
                \(level.map { " (it is \($0.rawValue) now)" } ?? "").
                """)
    }
}
