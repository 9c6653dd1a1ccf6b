import EFDCore
import EFDHTTP

extension RegistryClient {
    /// Whether the registry would accept `schema` as the next version of `subject`, and the reasons if not. An unknown
    /// subject accepts any.
    public func compatible(
        _ schema: String, subject: String, references: [SchemaReference] = []
    ) throws(EFDError) -> (isCompatible: Bool, messages: [String]) {
        let path = ["compatibility", "subjects", subject, "versions"]
        guard
            let answer = try found(
                .post, path, query: ["verbose": "true"], body: .object(Self.body(schema, references)))
        else { return (true, []) }
        guard let verdict = answer["is_compatible"]?.bool else { throw Self.unreadable("is_compatible", answer) }
        // Apicurio gives one `reason`.
        return (
            verdict, answer["messages"]?.elements?.compactMap(\.string) ?? answer["reason"]?.string.map { [$0] } ?? []
        )
    }

    /// The effective level of `subject`, its own or else the global one; without a subject the global one.
    public func compatibility(_ subject: String? = nil) throws(EFDError) -> CompatibilityLevel? {
        let answer = try found(
            .get, ["config"] + (subject.map { [$0] } ?? []), query: subject == nil ? [:] : ["defaultToGlobal": "true"])
        return answer?["compatibilityLevel"]?.string.flatMap { CompatibilityLevel(rawValue: $0) }
    }

    public func setCompatibility(_ level: CompatibilityLevel, for subject: String? = nil) throws(EFDError) {
        _ = try must(.put, ["config"] + (subject.map { [$0] } ?? []), body: ["compatibility": .string(level.rawValue)])
    }

    /// Nil if the registry has no modes.
    public func mode(_ subject: String? = nil) throws(EFDError) -> RegistryMode? {
        do throws(EFDError) {
            let answer = try found(
                .get, ["mode"] + (subject.map { [$0] } ?? []), query: subject == nil ? [:] : ["defaultToGlobal": "true"]
            )
            return answer?["mode"]?.string.flatMap { RegistryMode(rawValue: $0) }
        } catch  where error.code == .registryPathUnknown {
            return nil
        }
    }

    /// `force` allows IMPORT for subjects that already have schemas.
    public func setMode(_ mode: RegistryMode, for subject: String? = nil, force: Bool = false) throws(EFDError) {
        _ = try must(
            .put, ["mode"] + (subject.map { [$0] } ?? []), query: force ? ["force": "true"] : [:],
            body: ["mode": .string(mode.rawValue)])
    }

    /// A minimal request that every registry answers: checks address, path and credentials.
    public func check() throws(EFDError) { _ = try must(.get, ["schemas", "types"]) }

    // MARK: Answers

    /// The answer, or nil if the registry answers that the item does not exist.
    func found(_ method: HTTPMethod, _ path: [String], query: KeyValuePairs<String, String> = [:], body: JSON? = nil)
        throws(EFDError) -> JSON?
    {
        switch try transport.send(method, path, query: query, body: body) {
        case .success(let answer): return answer
        case .failure(let fault) where fault.isMissing: return nil
        case .failure(let fault): throw fault.error
        }
    }

    func must(_ method: HTTPMethod, _ path: [String], query: KeyValuePairs<String, String> = [:], body: JSON? = nil)
        throws(EFDError) -> JSON
    {
        switch try transport.send(method, path, query: query, body: body) {
        case .success(let answer): return answer
        case .failure(let fault): throw fault.error
        }
    }

    static func body(_ schema: String, _ references: [SchemaReference], _ type: String = "AVRO") -> JSON.Members {
        var body: JSON.Members = ["schema": .string(schema)]
        if type != "AVRO" { body["schemaType"] = .string(type) }
        if !references.isEmpty { body["references"] = references.json }
        return body
    }

    static func schema(_ answer: JSON, id: Int32? = nil) throws(EFDError) -> RegisteredSchema {
        guard let text = answer["schema"]?.string else { throw unreadable("schema", answer) }
        let list = answer["references"] ?? .null
        guard let references = [SchemaReference](list.isNull ? [] : list) else {
            throw unreadable("references", answer)
        }
        return RegisteredSchema(
            id: id ?? answer["id"]?.integer.flatMap { Int32(exactly: $0) }, subject: answer["subject"]?.string,
            version: answer["version"]?.integer.map { Int($0) }, text: text,
            type: answer["schemaType"]?.string ?? "AVRO", references: references)
    }

    static func id(_ answer: JSON, _ subject: String) throws(EFDError) -> Int32 {
        guard let id = answer["id"]?.integer.flatMap({ Int32(exactly: $0) }), id >= 0 else {
            throw unreadable("id", answer)
        }
        return id
    }

    static func unreadable(_ member: String, _ answer: JSON) -> EFDError {
        EFDError(
            .registryAnswerUnreadable,
            "the schema registry's answer has no usable \"\(member)\": \(String(answer.text.prefix(200)))")
    }
}
