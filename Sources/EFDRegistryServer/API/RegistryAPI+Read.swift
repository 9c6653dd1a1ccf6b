import EFDCore
import EFDHTTP
import EFDRegistry

extension RegistryAPI {
    static func listSubjects(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        answer(.array(request.page(subjects(state, request)).map { .string($0) }))
    }

    static func listSchemas(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        var found: [JSON] = []
        for subject in subjects(state, request) {
            let versions = state.subjects[subject, default: []].filter { request.flag("deleted") || !$0.isDeleted }
            for version in request.flag("latestOnly") ? versions.suffix(1) : versions[...] {
                found.append(full(state, subject, version))
            }
        }
        return answer(.array(request.page(found)))
    }

    static func listVersions(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        let subject = try request.subject
        let (deleted, only) = (request.flag("deleted"), request.flag("deletedOnly"))
        let versions = state.subjects[subject, default: []].filter { only ? $0.isDeleted : deleted || !$0.isDeleted }
        guard !versions.isEmpty else { throw .noSubject(subject) }
        return answer(.array(request.page(versions).map { .integer(Int64($0.number)) }))
    }

    static func schemaOfVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        return answer(full(state, subject, try version(state, subject, request)))
    }

    static func textOfVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let text = state.texts[try version(state, try request.subject, request).id]?.text ?? ""
        return RegistryDecision(answer: .text(text, contentType: contentType))
    }

    static func referencesToVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        let number = try version(state, subject, request).number
        let ids = state.referrers(to: subject, number, deletedToo: request.flag("deleted"))
        return answer(.array(request.page(ids).map { .integer(Int64($0)) }))
    }

    static func schemaOfID(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        let schema = try text(state, request)
        var members: JSON.Members = ["schema": .string(schema.text)]
        if schema.type != "AVRO" { members["schemaType"] = .string(schema.type) }
        if !schema.references.isEmpty { members["references"] = schema.references.json }
        if request.flag("fetchMaxId") { members["maxId"] = .integer(Int64(state.nextID - 1)) }
        return answer(.object(members))
    }

    static func textOfID(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        RegistryDecision(answer: .text(try text(state, request).text, contentType: contentType))
    }

    static func subjectsOfID(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        let uses = try uses(state, request)
        var names: [String] = []
        for use in uses where names.last != use.subject { names.append(use.subject) }
        return answer(.array(names.map { .string($0) }))
    }

    static func versionsOfID(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        let list = try uses(state, request).map { use in
            JSON.object(["subject": .string(use.subject), "version": .integer(Int64(use.version))])
        }
        return answer(.array(list))
    }

    // MARK: Parts

    /// A version in the format of `GET /subjects/{subject}/versions/{version}`.
    static func full(_ state: RegistryState, _ subject: String, _ version: RegistryState.Version) -> JSON {
        let schema = state.texts[version.id]
        var members: JSON.Members = [
            "subject": .string(subject), "version": .integer(Int64(version.number)), "id": .integer(Int64(version.id)),
        ]
        if let type = schema?.type, type != "AVRO" { members["schemaType"] = .string(type) }
        if let references = schema?.references, !references.isEmpty { members["references"] = references.json }
        members["schema"] = .string(schema?.text ?? "")
        return .object(members)
    }

    /// The version in the path, by number, `latest` or `-1`.
    static func version(_ state: RegistryState, _ subject: String, _ request: HTTPRequest, deletedToo: Bool = false)
        throws(RegistryRefusal)
        -> RegistryState.Version
    {
        let text = request.parameters["version"] ?? ""
        let deleted = deletedToo || request.flag("deleted")
        let number = Int(text)
        guard text == "latest" || number == -1 || (number ?? 0) > 0 else { throw .invalidVersion(text) }
        let versions = state.subjects[subject, default: []].filter { deleted || !$0.isDeleted }
        guard !versions.isEmpty else { throw .noSubject(subject) }
        guard let number, number > 0 else { return versions[versions.count - 1] }
        guard let found = versions.first(where: { $0.number == number }) else { throw .noVersion(text) }
        return found
    }

    private static func subjects(_ state: RegistryState, _ request: HTTPRequest) -> [String] {
        let asked = request.query("subjectPrefix") ?? ""
        // Confluent's notations of "of every context" and "of the default context".
        let prefix = asked == ":*:" ? "" : asked.hasPrefix(":.:") ? String(asked.dropFirst(3)) : asked
        let (deleted, only) = (request.flag("deleted"), request.flag("deletedOnly"))
        return state.subjects.filter { name, versions in
            guard name.hasPrefix(prefix) else { return false }
            let isDeleted = versions.allSatisfy(\.isDeleted)
            return only ? isDeleted : deleted || !isDeleted
        }.keys.sorted()
    }

    private static func text(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryState.Text
    {
        guard let id = request.parameters["id"].flatMap({ Int32($0) }), let text = state.texts[id] else {
            throw .noSchema
        }
        return text
    }

    private static func uses(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> [(
        subject: String, version: Int
    )] {
        _ = try text(state, request)
        return state.uses(of: Int32(request.parameters["id"] ?? "") ?? 0, deletedToo: request.flag("deleted"))
    }
}
